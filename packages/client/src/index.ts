export { createClient } from './create-client.ts';
export { draftsInLocalStorage, draftsInMemory } from './drafts/draft-memory.ts';
export { NotSent } from './outbox/not-sent.ts';
export { SignedOut } from './session/session.ts';
export { indexedDbStorage } from './storage/indexed-db.ts';
export { memoryStorage } from './storage/memory.ts';
export type * from './storage/storage.ts';
export { type Failure, failureOf } from './transport/failure.ts';
export type * from './types.ts';
