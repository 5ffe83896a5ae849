import type { TestProject } from 'vitest/node';
import { joinSharedPostgres, leaveSharedPostgres } from './shared-postgres.ts';

/** vitest's globalSetup of every project that needs a database: one PostgreSQL a run, however many projects. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('testPostgresUrl', await joinSharedPostgres());
  return leaveSharedPostgres;
}
