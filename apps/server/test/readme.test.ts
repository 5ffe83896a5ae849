import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './gateway/harness.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const example = (name: string) => `${root}packages/client/examples/${name}`;
const linesOf = (code: string) => code.split('\n').filter((line) => line.trim() !== '');

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.user('alice');
  await server.user('bob');
});

afterAll(() => server[Symbol.asyncDispose]());

/** As a developer would run it, in a process of its own. It ends by itself. */
async function run(file: string): Promise<string> {
  const env = { ...process.env, NEXO_URL: server.url, NEXO_PASSWORD: server.password };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { cwd: root, env, timeout: 30_000 });
  return stdout;
}

test('the program of the README is the one that is run here, in at most fifteen lines', () => {
  const [, program] = /```ts\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, 'utf8')) ?? [];
  expect(program).toBe(readFileSync(example('typed-client.ts'), 'utf8'));
  expect(linesOf(program ?? '').length).toBeLessThanOrEqual(15);
});

test('a program with the typed client logs in, listens, sends and receives', { timeout: 40_000 }, async () => {
  expect(await run(example('typed-client.ts'))).toMatch(/^sent as 1, received .*Hello/);
});

test('a program with the stock tRPC client does the same, in at most fifteen lines', { timeout: 40_000 }, async () => {
  expect(linesOf(readFileSync(example('stock-trpc.ts'), 'utf8')).length).toBeLessThanOrEqual(15);
  expect(await run(example('stock-trpc.ts'))).toBe('received\n');
  const [conversation] = await server.database.db.sql<{ seq: number }[]>`select seq from heads`;
  expect(conversation?.seq).toBe(2);
});
