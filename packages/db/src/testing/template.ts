/** Migrated once a run; every test database is a copy of it. */
export const templateDatabase = 'nexo_template';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the run's PostgreSQL, with every right; tests take a database of their own by createTestDatabase. */
    testPostgresUrl: string;
  }
}
