export { type CheckOptions, checkHistory } from './check-history.ts';
export { checkUnread } from './check-unread.ts';
export type { Finding, FindingKind, History, Reading, SendRecord, StoredHead, StoredMessage } from './history.ts';
export { readStored } from './read-stored.ts';
