export type * from './storage/storage.ts';
export type * from './types.ts';
