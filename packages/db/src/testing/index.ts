export { createTestDatabase, type TestDatabase } from './create-test-database.ts';
export { startTestPostgres, type TestPostgres, type TestPostgresOptions } from './start-test-postgres.ts';
