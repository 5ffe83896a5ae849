import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Making a cluster takes a second alone and several beside other work.
  test: {
    name: 'db',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['@nexo/db/testing/global-setup'],
  },
});
