export { type CreateDbOptions, createDb, type Db, type Orm, type Sql } from './create-db.ts';
export type { DoorbellHeads } from './doorbell.ts';
export { type MigrateOptions, migrate } from './migrate.ts';
export { createPinnedConnection, type PinnedConnection } from './pinned-connection.ts';
export * as schema from './schema/index.ts';
