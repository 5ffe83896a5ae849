import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createKey } from '@nexo/api';
import { createClient } from '@nexo/client';
import { closeCodes, scopes } from '@nexo/shared';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { rawSocket, startTestServer, type TestServer } from './gateway/harness.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const example = `${root}packages/client/examples/backend.ts`;
const page = readFileSync(`${root}docs/backend.md`, 'utf8');

let server: TestServer;
let key: string;

/** No accounts but those of the customer. */
beforeAll(async () => {
  server = await startTestServer({ settings: { registrationOpen: false } });
  ({ key } = await createKey(server.services, { name: 'test', scopes }));
});

afterAll(() => server[Symbol.asyncDispose]());

test('the program of the page is the one that is run here, in ten lines', () => {
  const [, program] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  expect(program).toBe(readFileSync(example, 'utf8'));
  expect((program ?? '').split('\n').filter((line) => line.trim() !== '')).toHaveLength(10);
});

test('it makes two users, lets one of them in and writes to her in the name of the other', { timeout: 60_000 }, async () => {
  const env = { ...process.env, NEXO_URL: server.url, NEXO_KEY: key };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', example], {
    cwd: root,
    env,
    timeout: 50_000,
  });
  const client = createClient({ url: server.url });
  await client.auth.enter(JSON.parse(stdout));
  await client.start();
  const texts = () => client.store.conversationIds.get().map((id) => client.store.conversation(id).get()?.lastMessage?.content);
  await vi.waitFor(() => expect(texts()).toEqual([{ type: 'text', text: 'Your order is on its way' }]));
  await client.stop();
});

test('without any library it is one request, as the page has it for the shell', async () => {
  const [, body = ''] = /-d '(\{.*\})'/.exec(page) ?? [];
  const send = () =>
    fetch(`${server.url}/trpc/backend.send`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    });
  const first = await send();
  expect(first.status).toBe(200);
  expect(await first.json()).toMatchObject({
    result: { data: { deduplicated: false, message: { senderId: 'system', seq: 1 } } },
  });
  expect(await (await send()).json()).toMatchObject({ result: { data: { deduplicated: true } } });
});

test('a key is a bearer token over HTTP: it opens no socket and is no cookie', async () => {
  await using socket = await rawSocket(server.url, { token: key });
  expect(await socket.closed).toBe(closeCodes.UNAUTHENTICATED.code);
  const get = (headers: Record<string, string>) =>
    fetch(`${server.url}/trpc/backend.getUsers?input=${encodeURIComponent('{"userIds":["system"]}')}`, { headers });
  expect((await get({ authorization: `Bearer ${key}` })).status).toBe(200);
  expect((await get({ cookie: `nexo_access=${key}` })).status).toBe(401);
  expect((await get({})).status).toBe(401);
});
