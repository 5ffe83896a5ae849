export * from './auth.ts';
export * from './backend.ts';
export * from './contacts.ts';
export * from './conversations.ts';
export * from './groups.ts';
export * from './messages.ts';
export * from './sync.ts';
export * from './users.ts';
