import * as z from 'zod/mini';
import { oneLine } from '../text.ts';

/** A place on the earth, in degrees. */
export const locationContentSchema = z.strictObject({
  type: z.literal('location'),
  latitude: z.number().check(z.minimum(-90), z.maximum(90)),
  longitude: z.number().check(z.minimum(-180), z.maximum(180)),
  /** What it is called, or its address. */
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(200), oneLine)),
});
export type LocationContent = z.infer<typeof locationContentSchema>;
