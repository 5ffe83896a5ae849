import * as z from 'zod/mini';
import { seqSchema } from './ids.ts';

/** Numbers that follow each other, both ends included. */
export const spanSchema = z.object({ from: seqSchema, to: seqSchema });
export type Span = z.infer<typeof spanSchema>;
