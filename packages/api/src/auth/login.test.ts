import { schema } from '@nexo/db';
import { type LoginInput, limits } from '@nexo/shared';
import { hash } from '@node-rs/argon2';
import { eq } from 'drizzle-orm';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { rateLimitTable } from '../rate-limits.ts';
import { createWorld, MemoryCookieJar } from '../testing/index.ts';
import { makePasswords, type Passwords } from './passwords.ts';

const password = 'correct horse battery';
const alice = { userId: 'Alice', displayName: 'Alice Liddell', password, platform: 'web' as const };

describe('register', () => {
  test('makes the account and its first session, and the tokens work', async () => {
    await using world = await createWorld();
    const result = await world.caller().auth.register({ ...alice, deviceName: 'Firefox on Debian' });
    expect(result.user).toEqual({
      id: 'Alice',
      displayName: 'Alice Liddell',
      kind: 'person',
      presenceVisibleTo: 'everyone',
      readReceipts: true,
      messagesFrom: 'everyone',
      contactRequestsFrom: 'everyone',
      groupInvitesFrom: 'everyone',
    });
    expect(result.session).toMatchObject({ platform: 'web', deviceName: 'Firefox on Debian', current: true });
    expect(result.accessTokenExpiresAt).toBe(world.clock.now() + limits.accessTokenMs);
    const me = await world.callerWith(result.accessToken ?? '').then((caller) => caller.users.me());
    expect(me).toEqual(result.user);
  });

  test('S7 tokens are opaque, of 256 bits, recognisable by their prefix, and only their hashes are stored', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    expect(user.accessToken).toMatch(/^nxa_[A-Za-z0-9_-]{43}$/);
    expect(user.refreshToken).toMatch(/^nxr_[A-Za-z0-9_-]{43}$/);
    const rows = await world.services.db.orm.select().from(schema.tokens);
    expect(rows.map((row) => row.hash.length)).toEqual([32, 32]);
    const [row] = await world.services.db.sql<{ dump: string }[]>`
      select concat((select json_agg(t) from tokens t), (select json_agg(s) from sessions s), (select json_agg(c) from credentials c)) as dump`;
    for (const secret of [user.accessToken.slice(4), user.refreshToken.slice(4), user.password])
      expect(row?.dump).not.toContain(secret);
  });

  test('S1 the password is stored as argon2id with its parameters', async () => {
    await using world = await createWorld();
    await world.user('alice');
    const [row] = await world.services.db.orm.select().from(schema.credentials);
    expect(row?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('a user id is unique without case', async () => {
    await using world = await createWorld();
    await world.caller().auth.register(alice);
    const again = world.caller().auth.register({ ...alice, userId: 'ALICE' });
    await expect(again).rejects.toMatchObject({ cause: { code: 'USER_ID_TAKEN', field: 'userId' } });
  });

  test('of 20 registrations of one user id at once exactly one succeeds', async () => {
    await using world = await createWorld();
    const ids = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'alice' : 'Alice'));
    const outcomes = await Promise.allSettled(ids.map((userId) => world.caller().auth.register({ ...alice, userId })));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ cause: { code: 'USER_ID_TAKEN' } });
    }
    expect(await world.services.db.orm.select().from(schema.sessions)).toHaveLength(1);
  });

  test('S6 a weak password is refused with WEAK_PASSWORD and its field, a long one accepted and not cut', async () => {
    await using world = await createWorld();
    for (const weak of ['1234567', 'password1', 'Alice', 'alice']) {
      const refused = world.caller().auth.register({ ...alice, password: weak });
      await expect(refused).rejects.toMatchObject({ code: 'BAD_REQUEST', cause: { code: 'WEAK_PASSWORD', field: 'password' } });
    }
    const long = `${'Ω long '.repeat(30)}end`;
    await world.caller().auth.register({ ...alice, password: long });
    await world.caller().auth.login({ userId: 'alice', password: long, platform: 'web' });
    await expect(world.caller().auth.login({ userId: 'alice', password: long.slice(0, -1), platform: 'web' })).rejects.toThrow();
  });

  test('is refused with FORBIDDEN when registration is closed', async () => {
    await using world = await createWorld({ settings: { registrationOpen: false } });
    await expect(world.caller().auth.register(alice)).rejects.toMatchObject({ cause: { code: 'FORBIDDEN' } });
  });

  test('is limited per address', async () => {
    await using world = await createWorld({ rateLimitFactor: 0.1 });
    const { points } = rateLimitTable.registerPerAddress;
    for (let n = 0; n < points * 0.1; n++) await world.user(`user${n}`);
    await expect(world.user('onemore')).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      cause: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
    });
    await world.caller({ address: '198.51.100.9' }).auth.register(alice);
  });

  test('a user id of other characters, or too long, is refused', async () => {
    await using world = await createWorld();
    for (const userId of ['', 'a b', 'ali/ce', 'ålice', 'a'.repeat(65)]) {
      await expect(world.caller().auth.register({ ...alice, userId }), userId).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  test('control characters in names are refused as invalid input, not met by the database', async () => {
    await using world = await createWorld();
    for (const bad of [{ displayName: 'a\0b' }, { deviceName: 'a\0b' }, { displayName: 'a\nb' }]) {
      await expect(world.caller().auth.register({ ...alice, ...bad })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
  });
});

describe('login', () => {
  test('takes the user id in any case and answers the id as it was chosen', async () => {
    await using world = await createWorld();
    await world.caller().auth.register(alice);
    const { user, session } = await world.caller().auth.login({ userId: 'aLICE', password, platform: 'ios' });
    expect(user.id).toBe('Alice');
    expect(session).toMatchObject({ platform: 'ios', current: true });
  });

  test('S4 a wrong user and a wrong password get the same answer after the same work', async () => {
    const counted = countingPasswords();
    await using world = await createWorld({ services: { passwords: counted.passwords } });
    await world.user('alice');
    const answers: unknown[] = [];
    const work: unknown[] = [];
    for (const userId of ['alice', 'nobody']) {
      counted.calls.length = 0;
      const error = await world
        .caller()
        .auth.login({ userId, password: 'wrong password', platform: 'web' })
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'UNAUTHORIZED', cause: { code: 'WRONG_CREDENTIALS' } });
      answers.push([String(error), (error as { cause: { toData(): unknown } }).cause.toData()]);
      work.push([...counted.calls]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(work).toEqual([['verify'], ['verify']]);
  });

  test('S3 after some wrong passwords at one address each further try waits, twice as long each time, whether or not there is such an account', async () => {
    await using world = await createWorld({ rateLimitFactor: 1 });
    const owner = await world.user('alice');
    const login = (userId: string, given: string, address = '127.0.0.1') =>
      world.caller({ address }).auth.login({ userId, password: given, platform: 'web' });
    const { points, wait } = rateLimitTable.loginPerAccountAndAddress;
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const userId of ['alice', 'nobody']) {
      for (let tries = 0; tries < points; tries++) {
        const id = tries % 2 === 0 ? userId : userId.toUpperCase();
        await expect(login(id, 'wrong password')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      }
      let waitMs: number = wait.firstMs;
      for (let waits = 0; waits < 4; waits++, waitMs *= 2) {
        for (const given of ['wrong password', owner.password]) {
          const refused = { code: 'TOO_MANY_REQUESTS', cause: { code: 'RATE_LIMITED', retryAfterMs: waitMs } };
          await expect(login(userId, given)).rejects.toMatchObject(refused);
        }
        vi.setSystemTime(Date.now() + waitMs);
        await expect(login(userId, 'wrong password')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      }
    }
    // Whoever guesses somewhere makes the owner wait nowhere else, and a right password ends the wait for those who share the address.
    await login('alice', owner.password, '198.51.100.1');
    await expect(login('alice', owner.password)).rejects.toMatchObject({ cause: { code: 'RATE_LIMITED' } });
    vi.setSystemTime(Date.now() + wait.maxMs);
    await login('alice', owner.password);
    for (let tries = 0; tries < points; tries++) {
      await expect(login('alice', 'wrong password')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    }
  });

  test('S3 is limited per account over all addresses, but not for one at which its owner has been, so that nobody locks the owner out', async () => {
    await using world = await createWorld({ rateLimitFactor: 0.1 });
    const points = rateLimitTable.loginPerAccount.points * 0.1;
    const owner = await world.user('alice');
    const from = (n: number, given: string) =>
      world.caller({ address: `192.0.2.${n}` }).auth.login({ userId: 'alice', password: given, platform: 'web' });
    await from(0, owner.password);
    for (let n = 1; n < points; n++) await expect(from(n, 'wrong password')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(from(points, 'wrong password')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    await expect(from(points + 1, owner.password)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    await from(0, owner.password);
    // Having been there is of one account, and gives no more tries than any address has.
    await expect(from(0, 'wrong password')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(from(0, owner.password)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  });

  test('S3 is limited per address over all accounts', async () => {
    await using world = await createWorld({ rateLimitFactor: 0.1 });
    const points = rateLimitTable.loginPerAddress.points * 0.1;
    const tryOne = (userId: string, address: string) =>
      world.caller({ address }).auth.login({ userId, password: 'wrong password', platform: 'web' });
    for (let n = 0; n < points; n++)
      await expect(tryOne(`user${n}`, `2001:db8::${n}`)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(tryOne('another', '2001:db8::ffff')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    await expect(tryOne('another', '2001:db8:0:1::1')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  test('S1 a hash of older parameters is renewed by a right password, and by that only', async () => {
    await using world = await createWorld();
    await world.user('alice');
    const { orm } = world.services.db;
    const { credentials } = schema;
    const old = await hash(password, { memoryCost: 8 * 1024, timeCost: 1, parallelism: 1 });
    await orm.update(credentials).set({ passwordHash: old });
    const stored = async () => (await orm.select().from(credentials))[0]?.passwordHash;
    await expect(world.caller().auth.login({ userId: 'alice', password: 'wrong', platform: 'web' })).rejects.toThrow();
    expect(await stored()).toBe(old);
    await world.caller().auth.login({ userId: 'alice', password, platform: 'web' });
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await world.caller().auth.login({ userId: 'alice', password, platform: 'web' });
  });

  test('a password changed while it was being verified opens no session', async () => {
    const passwords = makePasswords();
    let meanwhile = async () => {};
    const racing: Passwords = {
      ...passwords,
      async verify(encoded, given) {
        const right = await passwords.verify(encoded, given);
        await meanwhile();
        return right;
      },
    };
    await using world = await createWorld({ services: { passwords: racing } });
    const user = await world.user('alice');
    meanwhile = async () => {
      meanwhile = async () => {};
      await user.caller.auth.changePassword({ currentPassword: password, newPassword: 'another long one' });
    };
    await expect(world.caller().auth.login({ userId: 'alice', password, platform: 'web' })).rejects.toMatchObject({
      cause: { code: 'WRONG_CREDENTIALS' },
    });
    expect((await user.caller.auth.sessions()).items).toHaveLength(1);
  });

  test('an account without a password of ours cannot be logged in to', async () => {
    await using world = await createWorld();
    await world.services.db.orm.insert(schema.users).values({ id: 'robot', displayName: 'Robot', kind: 'bot' });
    await expect(world.caller().auth.login({ userId: 'robot', password: '', platform: 'web' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await expect(world.caller().auth.login({ userId: 'robot', password, platform: 'web' })).rejects.toMatchObject({
      cause: { code: 'WRONG_CREDENTIALS' },
    });
  });
});

describe('cookie transport', () => {
  const input: LoginInput = { userId: 'alice', password, platform: 'web', transport: 'cookie' };

  test.each([
    [false, ['nexo_access', 'nexo_refresh']],
    [true, ['__Host-nexo_access', '__Host-nexo_refresh']],
  ])('S14 tokens are in cookies only (https: %s)', async (secureCookies, names) => {
    await using world = await createWorld({ settings: { secureCookies } });
    await world.user('alice');
    const cookies = new MemoryCookieJar();
    const result = await world.caller({ cookies }).auth.login(input);
    expect(Object.keys(result).sort()).toEqual(['accessTokenExpiresAt', 'session', 'user']);
    expect([...cookies.cookies.keys()]).toEqual(names);
    expect(cookies.cookies.get(names[0] ?? '')).toEqual({
      value: expect.stringMatching(/^nxa_/),
      maxAgeMs: limits.accessTokenMs,
    });
    expect(cookies.cookies.get(names[1] ?? '')).toEqual({
      value: expect.stringMatching(/^nxr_/),
      maxAgeMs: limits.sessionIdleMs,
    });
  });

  test('is refused with HTTP_REQUIRED over a socket, before anything is done', async () => {
    await using world = await createWorld();
    const register = world.caller().auth.register({ ...alice, transport: 'cookie' });
    await expect(register).rejects.toMatchObject({ cause: { code: 'HTTP_REQUIRED' } });
    expect(await world.services.db.orm.select().from(schema.users).where(eq(schema.users.kind, 'person'))).toEqual([]);
  });

  test('a refresh takes the cookie and renews both; a refused one clears them', async () => {
    await using world = await createWorld();
    await world.user('alice');
    const cookies = new MemoryCookieJar();
    await world.caller({ cookies }).auth.login(input);
    const before = new Map(cookies.cookies);
    const result = await world.caller({ cookies }).auth.refresh({});
    expect(result).not.toHaveProperty('refreshToken');
    expect(cookies.get('nexo_refresh')).not.toBe(before.get('nexo_refresh')?.value);
    await world.callerWith(cookies.get('nexo_access') ?? '').then((caller) => caller.auth.logoutAll({ password }));
    await expect(world.caller({ cookies }).auth.refresh({})).rejects.toMatchObject({ cause: { code: 'SESSION_REVOKED' } });
    expect(cookies.cookies.size).toBe(0);
  });

  test('a cookie session cannot be refreshed over a socket, and its token is not used up by trying', async () => {
    await using world = await createWorld();
    await world.user('alice');
    const cookies = new MemoryCookieJar();
    await world.caller({ cookies }).auth.login(input);
    const refreshToken = cookies.get('nexo_refresh') ?? '';
    await expect(world.caller().auth.refresh({ refreshToken })).rejects.toMatchObject({ cause: { code: 'HTTP_REQUIRED' } });
    world.clock.turn(limits.refreshOnItsWayMs + 1);
    await world.caller({ cookies }).auth.refresh({});
  });

  test('S8 logging out clears the cookies, and a login over an older cookie session ends that one', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const cookies = new MemoryCookieJar();
    const first = await world.caller({ cookies }).auth.login(input);
    const session = { id: first.session.id, userId: 'alice', platform: 'web' as const, transport: 'cookie' as const };
    const second = await world.caller({ cookies, session }).auth.login(input);
    const ids = (await user.caller.auth.sessions()).items.map((item) => item.id);
    expect(ids).toContain(second.session.id);
    expect(ids).not.toContain(first.session.id);
    await world.caller({ cookies, session: { ...session, id: second.session.id } }).auth.logout();
    expect(cookies.cookies.size).toBe(0);
  });
});

describe('how many sessions', () => {
  test('the cap ends the one not seen for longest, which is told that it was replaced', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    world.clock.turn(1_000);
    const now = new Date(world.clock.now());
    const younger = { userId: 'alice', platform: 'linux', transport: 'token' as const, createdAt: now, lastSeenAt: now };
    const rows = Array.from({ length: limits.sessionsMaxPerUser - 1 }, () => ({
      ...younger,
      id: world.services.newId(),
      expiresAt: new Date(now.getTime() + limits.sessionIdleMs),
    }));
    await world.services.db.orm.insert(schema.sessions).values(rows);
    expect((await user.caller.auth.sessions()).items).toHaveLength(limits.sessionsMaxPerUser);
    world.heard.length = 0;
    const { accessToken } = await world.caller().auth.login({ userId: 'alice', password, platform: 'linux' });
    expect(world.heard).toContainEqual({
      kind: 'sessionsRevoked',
      userId: 'alice',
      sessionIds: [user.session.id],
      close: 'SESSION_REPLACED',
    });
    const { items } = await world.callerWith(accessToken ?? '').then((caller) => caller.auth.sessions());
    expect(items).toHaveLength(limits.sessionsMaxPerUser);
    const [row] = await world.services.db.orm.select().from(schema.sessions).where(eq(schema.sessions.id, user.session.id));
    expect(row?.revokeReason).toBe('replaced');
  });

  test('by default every login lives; with samePlatform the older one on it is replaced', async () => {
    for (const multiLogin of ['none', 'samePlatform'] as const) {
      await using world = await createWorld({ settings: { multiLogin } });
      const user = await world.user('alice', { platform: 'ios' });
      await world.caller().auth.login({ userId: 'alice', password, platform: 'web' });
      const { accessToken } = await world.caller().auth.login({ userId: 'alice', password, platform: 'ios' });
      const older = await world.callerWith(user.accessToken).then((caller) =>
        caller.users.me().then(
          () => 'lives',
          () => 'ended',
        ),
      );
      expect(older).toBe(multiLogin === 'none' ? 'lives' : 'ended');
      const { items } = await world.callerWith(accessToken ?? '').then((caller) => caller.auth.sessions());
      expect(items).toHaveLength(multiLogin === 'none' ? 3 : 2);
    }
  });

  test('with samePlatform, of 10 logins on it at once exactly one session lives', async () => {
    await using world = await createWorld({ settings: { multiLogin: 'samePlatform' } });
    await world.user('alice', { platform: 'ios' });
    const results = await Promise.all(
      Array.from({ length: 10 }, () => world.caller().auth.login({ userId: 'alice', password, platform: 'ios' })),
    );
    const tries = results.map(async ({ accessToken }) => (await world.callerWith(accessToken ?? '')).users.me());
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });

  test('sessions that ended long ago are forgotten at the next login', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    await user.caller.auth.logout();
    world.clock.turn(31 * 24 * 3_600_000);
    await world.caller().auth.login({ userId: 'alice', password, platform: 'web' });
    expect(await world.services.db.orm.select().from(schema.sessions)).toHaveLength(1);
    expect(await world.services.db.orm.select().from(schema.tokens)).toHaveLength(2);
  });
});

function countingPasswords() {
  const passwords = makePasswords();
  const calls: string[] = [];
  const counted: Passwords = {
    hash: (given) => {
      calls.push('hash');
      return passwords.hash(given);
    },
    verify: (encoded, given) => {
      calls.push('verify');
      return passwords.verify(encoded, given);
    },
    isOutdated: (encoded) => passwords.isOutdated(encoded),
  };
  return { calls, passwords: counted };
}
