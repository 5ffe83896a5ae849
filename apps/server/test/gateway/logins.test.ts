import { appRouter, rateLimitTable } from '@nexo/api';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { aMessage, eventually, httpClient, liveClient, startTestServer, type TestServer, textOf } from './harness.ts';

/** What the server asks the library for, which goes on only while the gate is open. */
const argon2 = vi.hoisted(() => ({ calls: [] as [string, string][], gate: Promise.resolve() }));

type Work = (...args: unknown[]) => Promise<unknown>;

vi.mock('@node-rs/argon2', async (load) => {
  const real = (await load()) as Record<'hash' | 'verify', Work>;
  const held =
    (name: 'hash' | 'verify'): Work =>
    async (...args) => {
      argon2.calls.push([name, String(args[0])]);
      await argon2.gate;
      return real[name](...args);
    };
  return { ...real, hash: held('hash'), verify: held('verify') };
});

beforeEach(() => {
  argon2.calls.length = 0;
});

/** One call as a browser or a script makes it, with everything that comes back but the time. */
async function call(server: TestServer, path: string, input: unknown, address = '192.0.2.1') {
  const response = await fetch(`${server.url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify(input),
  });
  const headers = [...response.headers].filter(([name]) => name !== 'date').sort();
  return { status: response.status, headers, body: await response.text() };
}

const codeIn = ({ body }: { body: string }): string | undefined => JSON.parse(body).error?.data?.nexo?.code;
const wrong = (userId: string) => ({ userId, password: 'a wrong guess', platform: 'web' });

describe('S2 while more people log in than can be looked at', () => {
  it('the others are told when to come again, and sockets are served as ever', async () => {
    await using server = await startTestServer();
    const [ann, ben] = [await server.user('ann'), await server.user('ben')];
    const { id } = await ann.http.conversations.openDirect.mutate({ userId: 'ben' });
    await using fromAnn = await liveClient(server.url, ann.token);
    await using toBen = await liveClient(server.url, ben.token);
    argon2.calls.length = 0;
    let open = () => {};
    argon2.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const outcomes: { code: string; retryAfterMs?: number }[] = [];
    const login = (n: number) =>
      httpClient(server.url)
        .auth.login.mutate({ userId: n % 2 === 0 ? 'ann' : 'nobody', password: 'a wrong guess', platform: 'server' })
        .catch((error) => outcomes.push(error.data.nexo));
    const flood = Array.from({ length: 50 }, (_, n) => login(n));
    // Those that are let in are held in the library or before it; all the others are refused.
    await eventually(() => expect(argon2.calls.length).toBeGreaterThan(0));
    await eventually(() => expect(outcomes.length).toBeGreaterThan(20));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 'OVERLOADED', retryable: true, retryAfterMs: expect.any(Number) });
      expect(outcome.retryAfterMs).toBeGreaterThan(0);
    }
    const sent = await fromAnn.trpc.messages.send.mutate(aMessage(id, 'while they wait'));
    expect(sent.message.seq).toBe(1);
    await eventually(() => expect(textOf(toBen.items)).toEqual(['while they wait']));
    expect((await toBen.trpc.users.me.query()).id).toBe('ben');
    // Nobody's hash was finished for that.
    expect(outcomes.some(({ code }) => code === 'WRONG_CREDENTIALS')).toBe(false);
    expect(outcomes.length).toBeLessThan(flood.length);
    open();
    await Promise.all(flood);
    expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(['OVERLOADED', 'WRONG_CREDENTIALS']));
  });
});

describe('S4 S5 without a session', () => {
  it('an account that exists, one without a password, one that is shut out and one that does not exist get one answer after one and the same work', async () => {
    await using server = await startTestServer();
    await server.user('ann');
    await server.user('shut');
    await server.services.db.sql`update users set suspended_at = now() where id = 'shut'`;
    await server.services.db.sql`insert into users (id, display_name) values ('theirs', 'Theirs')`;
    const answers = [];
    for (const userId of ['ann', 'shut', 'theirs', 'nobody']) {
      argon2.calls.length = 0;
      answers.push(await call(server, 'auth.login', wrong(userId)));
      expect(argon2.calls, userId).toEqual([['verify', expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)]]);
    }
    expect(answers[0]).toMatchObject({ status: 401, body: expect.stringContaining('WRONG_CREDENTIALS') });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('S5 these are all the procedures that answer, and none but registering tells who has an account', async () => {
    await using server = await startTestServer({ trustedProxies: ['127.0.0.1'] });
    await server.user('ann');
    const secret = 'A'.repeat(43);
    /** Everything that may be asked about somebody: what names nobody asks the same of all. */
    const questions: Record<string, (userId: string) => object> = {
      'auth.login': wrong,
      'auth.options': () => ({}),
      'auth.redeem': () => ({ ticket: `nxt_${secret}`, platform: 'web' }),
      'auth.refresh': () => ({ refreshToken: `nxr_${secret}` }),
      'auth.register': (userId) => ({ ...wrong(userId), displayName: 'Somebody' }),
    };
    const answering: string[] = [];
    for (const [path, procedure] of Object.entries(appRouter._def.procedures)) {
      const { type } = (procedure as unknown as { _def: { type: string } })._def;
      const isRead = type !== 'mutation';
      const input = encodeURIComponent('{"unknown":1}');
      const response = await fetch(`${server.url}/trpc/${path}${isRead ? `?input=${input}` : ''}`, {
        method: isRead ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
        ...(isRead ? {} : { body: '{"unknown":1}' }),
      });
      if (!(await response.text()).includes('"UNAUTHENTICATED"')) answering.push(path);
    }
    expect(answering.sort()).toEqual(Object.keys(questions).sort());
    for (const path of ['auth.login', 'auth.redeem', 'auth.refresh']) {
      const [real, unreal] = [questions[path]?.('ann'), questions[path]?.('nobody')];
      expect(await call(server, path, real), path).toEqual(await call(server, path, unreal));
    }
    expect(codeIn(await call(server, 'auth.register', questions['auth.register']?.('ann')))).toBe('USER_ID_TAKEN');
  });

  it('S5 how many ids one address can try by registering is bounded, and beyond it all look the same', async () => {
    await using server = await startTestServer({ rateLimitFactor: 1, trustedProxies: ['127.0.0.1'] });
    await server.user('ann');
    const register = (userId: string, address = '192.0.2.1') =>
      call(server, 'auth.register', { userId, password: 'correct horse battery', displayName: 'X', platform: 'web' }, address);
    const { points } = rateLimitTable.registerPerAddress;
    for (let tries = 0; tries < points; tries++) expect(codeIn(await register('ann'))).toBe('USER_ID_TAKEN');
    const refused = [await register('ann'), await register('nobody')].map((answer) => ({
      ...answer,
      body: answer.body.replace(/"retryAfterMs":\d+/, ''),
      headers: answer.headers.map(([name, value]) => [name, name === 'retry-after' ? '' : value]),
    }));
    expect(refused[0]).toMatchObject({ status: 429, body: expect.stringContaining('RATE_LIMITED') });
    expect(refused[1]).toEqual(refused[0]);
    expect(codeIn(await register('ann', '198.51.100.1'))).toBe('USER_ID_TAKEN');
  });
});
