import { appRouter } from '@nexo/api';
import { limits } from '@nexo/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer, type TestUser } from './harness.ts';

let server: TestServer;
let alice: TestUser;
let own: string;
beforeAll(async () => {
  server = await startTestServer();
  alice = await server.user('alice');
  own = `http://localhost:${server.port}`;
});
afterAll(() => server[Symbol.asyncDispose]());

const mutations = Object.entries(appRouter._def.procedures)
  .filter(([, procedure]) => (procedure as unknown as { _def: { type: string } })._def.type === 'mutation')
  .map(([path]) => path);

/** What other sites can make a browser say of where a request comes from. */
const foreign = () => ['https://evil.example', 'null', `${own}.evil.example`, own.replace('http:', 'https:'), undefined];
/** What a form, or a `fetch` that asks nobody first, can send. */
const simple = [
  'text/plain',
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
];

/** As the browser of somebody who is logged in sends it. */
function send(path: string, headers: Record<string, string | undefined>, body = '{}') {
  const given = { 'content-type': 'application/json', cookie: `nexo_access=${alice.token}`, ...headers };
  const present = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return fetch(`${server.url}/trpc/${path}`, { method: 'POST', headers: Object.fromEntries(present), body });
}

async function outcome(response: Response): Promise<[status: number, code: unknown, cookies: string[]]> {
  const body = response.headers.get('content-type')?.includes('json') ? await response.json() : null;
  return [response.status, body?.error?.data?.nexo?.code, response.headers.getSetCookie()];
}

it('W7 there are mutations to try', () => {
  expect(mutations.length).toBeGreaterThan(50);
});

describe.each(mutations)('W7 %s by another site', (path) => {
  it('W7 with the cookies is refused from each other origin, and without one', async () => {
    for (const origin of foreign()) {
      expect(await outcome(await send(path, { origin })), origin).toEqual([403, 'ORIGIN_REFUSED', []]);
    }
    // Before there are any cookies: nobody is logged in as somebody else.
    expect(await outcome(await send(path, { origin: 'https://evil.example', cookie: undefined }))).toEqual([
      403,
      'ORIGIN_REFUSED',
      [],
    ]);
  });

  it('W7 is not taken as what a form sends, wherever it says that it comes from', async () => {
    for (const type of simple) {
      for (const origin of [own, 'https://evil.example']) {
        expect(await outcome(await send(path, { origin, 'content-type': type })), type).toEqual([415, undefined, []]);
      }
    }
  });

  it('W7 is not done by a GET, in no disguise', async () => {
    const headers = {
      cookie: `nexo_access=${alice.token}`,
      origin: own,
      'x-http-method-override': 'POST',
      'x-http-method': 'POST',
    };
    for (const query of ['', '?input=%7B%7D', '?batch=1&input=%7B%220%22%3A%7B%7D%7D', '?_method=POST&input=%7B%7D']) {
      const response = await fetch(`${server.url}/trpc/${path}${query}`, { headers });
      expect([response.status, response.headers.getSetCookie()], query).toEqual([405, []]);
    }
  });

  it('W7 is taken from the own origin', async () => {
    const [status, code] = await outcome(await send(path, { origin: own, cookie: 'nexo_access=nxa_made-up' }));
    // That far it came: it lacks a session, or an input.
    expect([400, 401, 200]).toContain(status);
    expect(code).not.toBe('ORIGIN_REFUSED');
  });
});

it('W7 a batch of them is refused one by one', async () => {
  for (let from = 0; from < mutations.length; from += limits.batchMaxCalls) {
    const some = mutations.slice(from, from + limits.batchMaxCalls);
    const response = await send(`${some.join(',')}?batch=1`, { origin: 'https://evil.example' });
    const answers: { error?: { data: { nexo: { code: string } } } }[] = await response.json();
    expect([answers].flat().map(({ error }) => error?.data.nexo.code)).toEqual(some.map(() => 'ORIGIN_REFUSED'));
  }
});

it('W7 what would have been done is not, and the session lives', async () => {
  const body = JSON.stringify({ displayName: 'Mallory' });
  for (const origin of foreign()) await send('users.update', { origin }, body);
  for (const type of simple) await send('users.update', { origin: own, 'content-type': type }, body);
  for (const origin of foreign()) await send('auth.logout', { origin }, '');
  const input = encodeURIComponent(body);
  await fetch(`${server.url}/trpc/users.update?input=${input}`, {
    headers: { cookie: `nexo_access=${alice.token}`, origin: own },
  });
  expect((await alice.http.users.me.query()).displayName).toBe('alice');
  expect((await send('users.update', { origin: own }, body)).status).toBe(200);
  expect((await alice.http.users.me.query()).displayName).toBe('Mallory');
});
