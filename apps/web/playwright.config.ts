import { defineConfig } from '@playwright/test';
import { findChromium } from './e2e/find-chromium.ts';

const { executablePath, env } = await findChromium();

/** On several servers: `NEXO_E2E_NODES=3 npx playwright test`. What is only about several of them has a file of its own. */
const needsSeveral = process.env.NEXO_E2E_NODES === undefined ? ['**/nodes.spec.ts'] : [];

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  globalSetup: './e2e/start-system.ts',
  // Two cores run the system and the browsers.
  workers: process.env.CI === undefined ? 2 : 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env.CI !== undefined,
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    trace: 'off',
    launchOptions: {
      executablePath,
      env: { ...process.env, ...env },
      args: [
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
        '--no-first-run',
      ],
    },
  },
  projects: [
    { name: 'web', testMatch: '**/*.spec.ts', testIgnore: ['**/restart.spec.ts', ...needsSeveral] },
    // Kills every server under everybody: after all others.
    { name: 'restart', testMatch: '**/restart.spec.ts', dependencies: ['web'] },
    // Pictures to look at: `NEXO_SHOTS=/tmp/shots npx playwright test --project=shots`.
    ...(process.env.NEXO_SHOTS === undefined ? [] : [{ name: 'shots', testMatch: '**/*.shots.ts' }]),
  ],
});
