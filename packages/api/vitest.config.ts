import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'api',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['@nexo/db/testing/global-setup'],
    testTimeout: 30_000,
  },
});
