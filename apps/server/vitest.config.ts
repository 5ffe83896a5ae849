import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'server',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['@nexo/db/testing/global-setup'],
    // Whole servers side by side on few cores: tests wait for conditions, and a busy machine takes its time to meet them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
