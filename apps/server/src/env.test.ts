import { describe, expect, test } from 'vitest';
import { readConfig } from './env.ts';
import { options } from './options.ts';

describe('the environment', () => {
  test('may be empty: everything has a default', () => {
    expect(readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      publicOrigins: ['http://localhost:3000', 'http://127.0.0.1:3000'],
      secureCookies: false,
      databaseUrl: null,
      redisUrl: null,
      presenceGraceMs: 30_000,
      dataDir: '.data',
      registrationOpen: true,
      multiLogin: 'none',
      groupMaxMembers: { normal: 500, large: 10_000 },
      messageRules: { editWindowMs: 86_400_000, revokeWindowMs: 86_400_000 },
      messagesFrom: 'everyone',
      contactRequestsFrom: 'everyone',
      sessionsMaxPerUser: 50,
      sessionMaxMs: 365 * 24 * 3_600_000,
      rateLimitFactor: 1,
      trustedProxies: [],
      logLevel: 'info',
      webPort: null,
      development: false,
      nodes: 1,
      node: null,
      customKinds: null,
    });
  });

  test('is read into types, and an empty variable is an absent one', () => {
    const config = readConfig({
      PORT: '8080',
      HOST: '0.0.0.0',
      PUBLIC_ORIGINS: 'https://chat.example.org, https://example.org:8443',
      DATABASE_URL: 'postgres://a:b@c/d',
      REGISTRATION_OPEN: 'false',
      TRUSTED_PROXIES: '10.0.0.0/8,::1',
      LOG_LEVEL: '',
    });
    expect(config).toMatchObject({
      port: 8080,
      host: '0.0.0.0',
      publicOrigins: ['https://chat.example.org', 'https://example.org:8443'],
      secureCookies: true,
      databaseUrl: 'postgres://a:b@c/d',
      registrationOpen: false,
      trustedProxies: ['10.0.0.0/8', '::1'],
      logLevel: 'info',
    });
  });

  test.each([
    ['PORT', 'http', 'PORT must be a port number from 1 to 65535, but is "http". For example: PORT=3001'],
    ['PORT', '65536', 'PORT must be'],
    ['PORT', '0', 'PORT must be'],
    ['HOST', 'chat.example.org', 'HOST must be an IP address'],
    ['PUBLIC_ORIGINS', '*', 'PUBLIC_ORIGINS must be a list of origins'],
    ['PUBLIC_ORIGINS', 'https://chat.example.org/', 'without a path'],
    ['PUBLIC_ORIGINS', 'https://a.example,ftp://b.example', 'PUBLIC_ORIGINS must be'],
    ['REDIS_URL', 'localhost', 'REDIS_URL must be'],
    [
      'SESSIONS_PER_USER',
      '51',
      'SESSIONS_PER_USER must be a whole number from 1 to 50, but is "51". For example: SESSIONS_PER_USER=5',
    ],
    ['SESSION_MAX_DAYS', '0', 'SESSION_MAX_DAYS must be a whole number of days from 1 to 3650, but is "0"'],
    ['RATE_LIMIT_FACTOR', '0', 'RATE_LIMIT_FACTOR must be'],
    ['REGISTRATION_OPEN', 'yes', 'REGISTRATION_OPEN must be true or false, but is "yes"'],
    ['TRUSTED_PROXIES', '10.0.0.0/33', 'TRUSTED_PROXIES must be'],
    ['TRUSTED_PROXIES', 'proxy', 'TRUSTED_PROXIES must be'],
    ['NODES', '0', 'NODES must be a whole number from 1 to 16, but is "0". For example: NODES=3'],
    ['NODES', 'three', 'NODES must be'],
    ['NEXO_NODE', 'a b', 'NEXO_NODE must be'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be one of trace'],
  ])('with %s=%s is refused by a sentence that says what to do', (name, value, sentence) => {
    expect(() => readConfig({ [name]: value })).toThrow(sentence);
  });

  test('never has its passwords repeated', () => {
    expect(() => readConfig({ DATABASE_URL: 'mysql://root:hunter2@db/nexo' })).toThrow(
      /^DATABASE_URL must be an address such as postgres:\/\/((?!hunter2).)*$/s,
    );
  });

  test('has all its problems told at once', () => {
    expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'y' })).toThrow(/PORT must[^\n]*\nLOG_LEVEL must/);
  });

  test('may not contradict itself', () => {
    expect(() => readConfig({ PUBLIC_ORIGINS: 'https://a.example,http://b.example' })).toThrow('mixes http and https');
    expect(() => readConfig({ PORT: '4000', NEXO_WEB_PORT: '4000' })).toThrow('are both 4000');
  });

  // `npx vitest run --project server src/env.test.ts --update` writes the page anew.
  test('is documented, every variable of it', async () => {
    const sections = Object.entries(options).map(
      ([name, option]) => `## ${name}\n\n${option.prose}\n\nDefault: ${option.default}. Example: \`${name}=${option.example}\``,
    );
    const page = [
      '# Configuration',
      'Everything is set by environment variables, and everything has a default: `npm start` alone is enough. An empty variable counts as absent, and a wrong one stops the start with a sentence that says what to do. Written from `apps/server/src/options.ts`; `env.ts` beside it is the only reader of the environment.',
      ...sections,
    ].join('\n\n');
    await expect(`${page}\n`).toMatchFileSnapshot('../../../docs/configuration.md');
  });
});
