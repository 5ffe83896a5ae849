export { createClient } from './create-client.ts';
export { indexedDbStorage } from './storage/indexed-db.ts';
export { memoryStorage } from './storage/memory.ts';
export type * from './storage/storage.ts';
export type * from './types.ts';
