import { schema } from '@nexo/db';
import { limits } from '@nexo/shared';
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import type { Session } from '../context.ts';
import { rateLimitTable } from '../rate-limits.ts';
import { createWorld, type World, type WorldUser } from '../testing/index.ts';
import { areSessionsAlive } from './are-sessions-alive.ts';
import { authenticate } from './authenticate.ts';

const unauthenticated = { code: 'UNAUTHORIZED', cause: { code: 'UNAUTHENTICATED' } };

/** Logs the user in once more. */
async function again(world: World, user: WorldUser) {
  const result = await world.caller().auth.login({ userId: user.id, password: user.password, platform: 'ios' });
  const accessToken = result.accessToken ?? '';
  return {
    sessionId: result.session.id,
    accessToken,
    refreshToken: result.refreshToken ?? '',
    caller: await world.callerWith(accessToken),
  };
}

async function expectDead(world: World, tokens: { accessToken: string; refreshToken: string }) {
  await expect(world.callerWith(tokens.accessToken).then((caller) => caller.users.me())).rejects.toMatchObject(unauthenticated);
  const refresh = world.caller().auth.refresh({ refreshToken: tokens.refreshToken });
  await expect(refresh).rejects.toMatchObject({ cause: { code: 'SESSION_REVOKED' } });
}

describe('signing out', () => {
  test('S9 after logout the tokens are refused at once, other sessions live on, and every node is told', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const other = await again(world, user);
    // Warm, so that the answer would come from memory.
    await world.callerWith(user.accessToken).then((caller) => caller.users.me());
    world.heard.length = 0;
    await user.caller.auth.logout();
    await expectDead(world, user);
    expect(world.heard).toEqual([
      { kind: 'sessionsRevoked', userId: 'alice', sessionIds: [user.session.id], close: 'SESSION_REVOKED' },
      { kind: 'user', userId: 'alice', change: 3, events: [{ type: 'me.sessions', userChange: 3 }] },
    ]);
    const { items } = await other.caller.auth.sessions();
    expect(items.map((item) => item.id)).toEqual([other.sessionId]);
  });

  test('logging out twice is harmless and tells nothing', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    await user.caller.auth.logout();
    world.heard.length = 0;
    await user.caller.auth.logout();
    expect(world.heard).toEqual([]);
  });

  test('S9 logoutAll ends every session, the asking one too', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const other = await again(world, user);
    const stranger = await world.user('bob');
    await other.caller.auth.logoutAll({ password: user.password });
    await expectDead(world, user);
    await expectDead(world, other);
    await world.callerWith(stranger.accessToken).then((caller) => caller.users.me());
  });

  test('S9 S16 a changed password signs every other session out and keeps the own one', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const other = await again(world, user);
    await user.caller.auth.changePassword({ currentPassword: user.password, newPassword: 'a new long one' });
    await expectDead(world, other);
    await world.callerWith(user.accessToken).then((caller) => caller.users.me());
    const login = (password: string) => world.caller().auth.login({ userId: 'alice', password, platform: 'web' });
    await expect(login(user.password)).rejects.toMatchObject({ cause: { code: 'WRONG_CREDENTIALS' } });
    await login('a new long one');
    const [row] = await world.services.db.orm.select().from(schema.sessions).where(eq(schema.sessions.id, other.sessionId));
    expect(row?.revokeReason).toBe('password');
  });

  test('S16 the current password is needed to change it, with as many tries as a login has', async () => {
    await using world = await createWorld({ rateLimitFactor: 0.3 });
    const user = await world.user('alice');
    const change = (currentPassword: string) =>
      user.caller.auth.changePassword({ currentPassword, newPassword: 'a new long one' });
    for (let n = 0; n < rateLimitTable.loginPerAccountAndAddress.points * 0.3; n++) {
      await expect(change('wrong')).rejects.toMatchObject({ cause: { code: 'WRONG_CREDENTIALS', field: 'currentPassword' } });
    }
    await expect(change(user.password)).rejects.toMatchObject({ cause: { code: 'RATE_LIMITED' } });
  });

  test('a weak new password is refused and nothing changes', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const other = await again(world, user);
    const weak = user.caller.auth.changePassword({ currentPassword: user.password, newPassword: 'password1' });
    await expect(weak).rejects.toMatchObject({ cause: { code: 'WEAK_PASSWORD', field: 'newPassword' } });
    await other.caller.users.me();
  });

  test('of two password changes at once exactly one succeeds', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const change = (newPassword: string) => user.caller.auth.changePassword({ currentPassword: user.password, newPassword });
    const outcomes = await Promise.allSettled([change('first new password'), change('second new password')]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('the list of sessions', () => {
  test('has the live ones, the asking one first, then by when they were last seen', async () => {
    await using world = await createWorld();
    const user = await world.user('alice', { deviceName: 'Laptop', platform: 'linux' });
    world.clock.turn(1_000);
    const second = await again(world, user);
    world.clock.turn(1_000);
    const third = await again(world, user);
    world.clock.turn(1_000);
    const ended = await again(world, user);
    await ended.caller.auth.logout();
    const { items, nextCursor } = await user.caller.auth.sessions();
    expect(items.map((item) => item.id)).toEqual([user.session.id, third.sessionId, second.sessionId]);
    expect(items.map((item) => item.current)).toEqual([true, false, false]);
    expect(items[0]).toEqual({
      id: user.session.id,
      platform: 'linux',
      address: '127.0.0.1',
      deviceName: 'Laptop',
      createdAt: world.clock.now() - 3_000,
      lastSeenAt: world.clock.now() - 3_000,
      current: true,
    });
    expect(nextCursor).toBeNull();
  });

  test('a login and a revocation each tell the user that the list changed, with the next number', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    world.heard.length = 0;
    const other = await again(world, user);
    await user.caller.auth.revokeSession({ sessionId: other.sessionId, password: user.password });
    expect(world.heard.filter((message) => message.kind === 'user')).toEqual([
      { kind: 'user', userId: 'alice', change: 2, events: [{ type: 'me.sessions', userChange: 2 }] },
      { kind: 'user', userId: 'alice', change: 3, events: [{ type: 'me.sessions', userChange: 3 }] },
    ]);
    const doorbells = await world.services.db.orm.select().from(schema.doorbells);
    expect(doorbells.at(-1)?.heads).toEqual({
      conversations: [],
      users: [{ id: 'alice', change: 3 }],
      revoked: [{ userId: 'alice', sessionIds: [other.sessionId], close: 'SESSION_REVOKED' }],
    });
  });

  test('S15 another session of mine can be signed out; one of somebody else looks like one that does not exist', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const other = await again(world, user);
    const bob = await world.user('bob');
    const notFound = { code: 'NOT_FOUND', cause: { code: 'NOT_FOUND' } };
    await user.caller.auth.revokeSession({ sessionId: other.sessionId, password: user.password });
    await expectDead(world, other);
    for (const sessionId of [other.sessionId, bob.session.id, world.services.newId()]) {
      await expect(user.caller.auth.revokeSession({ sessionId })).rejects.toMatchObject(notFound);
    }
    await bob.caller.users.me();
    await world.callerWith(bob.accessToken).then((caller) => caller.users.me());
  });

  test('many ways to end the same sessions at once neither deadlock nor fail', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const others = await Promise.all(Array.from({ length: 6 }, () => again(world, user)));
    const outcomes = await Promise.allSettled([
      user.caller.auth.logoutAll({ password: user.password }),
      ...others.map((other) => other.caller.auth.logout()),
      ...others.map((other) => world.caller().auth.refresh({ refreshToken: other.refreshToken })),
      others[0]?.caller.auth.logoutAll({ password: user.password }),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ cause: { code: 'SESSION_REVOKED' } });
    }
    for (const other of others) await expectDead(world, other);
  });
});

describe('authenticate', () => {
  test('S13 finds the session of a token until the token expires', async () => {
    await using world = await createWorld();
    const user = await world.user('alice', { platform: 'ios' });
    expect(await authenticate(world.services, user.accessToken)).toEqual({
      id: user.session.id,
      userId: 'alice',
      platform: 'ios',
      transport: 'token',
    });
    world.clock.turn(limits.accessTokenMs - 1);
    expect(await authenticate(world.services, user.accessToken)).not.toBeNull();
    world.clock.turn(1);
    expect(await authenticate(world.services, user.accessToken)).toBeNull();
  });

  test('S7 S12 a forged token finds nothing', async () => {
    await using world = await createWorld();
    await world.user('alice');
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'none', typ: 'JWT' })}.${part({ sub: 'alice' })}.`;
    const guesses = ['', 'nxa_', `nxa_${'A'.repeat(43)}`, `nxa_${'A'.repeat(42)}`, 'x'.repeat(10_000)];
    for (const forged of [...guesses, unsigned, `nxa_${unsigned}`]) {
      expect(await authenticate(world.services, forged)).toBeNull();
    }
  });

  test('a burst of calls with one token asks the database once', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const queries = countQueries(world);
    await Promise.all(Array.from({ length: 50 }, () => authenticate(world.services, user.accessToken)));
    await authenticate(world.services, user.accessToken);
    expect(queries()).toBe(1);
    world.clock.turn(1_000);
    await authenticate(world.services, user.accessToken);
    expect(queries()).toBe(2);
  });

  test('a revocation that the bus did not carry is seen after a second', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    await authenticate(world.services, user.accessToken);
    // Another node, of whose bus messages this one hears nothing.
    await world.services.db.orm.update(schema.sessions).set({ revokedAt: new Date(world.clock.now()) });
    world.clock.turn(1_000);
    expect(await authenticate(world.services, user.accessToken)).toBeNull();
  });

  test('a look-up that read the session before its revocation and answers after it finds nothing', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const bystander = await world.user('bob');
    const { sessionCache } = world.services;
    let goOn = () => {};
    const revokedMeanwhile = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slowly = (session: Session) => async () => {
      await revokedMeanwhile;
      return { session, expiresAt: Number.POSITIVE_INFINITY };
    };
    const early = sessionCache.get('alice', slowly(user.session));
    const others = sessionCache.get('bob', slowly(bystander.session));
    await user.caller.auth.logout();
    const late = sessionCache.get('alice', slowly(user.session));
    goOn();
    expect(await early).toBeNull();
    expect(await late).toBeNull();
    expect(await others).toEqual(bystander.session);
    expect(await sessionCache.get('alice', async () => null)).toBeNull();
  });

  test('a failed look-up is thrown to its callers and not remembered', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const { sessionCache } = world.services;
    const failing = () => Promise.reject(new Error('the database is away'));
    await expect(sessionCache.get('key', failing)).rejects.toThrow('away');
    expect(await sessionCache.get('key', async () => ({ session: user.session, expiresAt: Number.POSITIVE_INFINITY }))).toEqual(
      user.session,
    );
  });

  test('notes when the session was seen, at most once a minute', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const lastSeen = async () => (await user.caller.auth.sessions()).items[0]?.lastSeenAt;
    const start = world.clock.now();
    world.clock.turn(60_000);
    await authenticate(world.services, user.accessToken);
    expect(await lastSeen()).toBe(start);
    world.clock.turn(1_001);
    await authenticate(world.services, user.accessToken);
    expect(await lastSeen()).toBe(world.clock.now());
  });
});

test('areSessionsAlive names those that are neither revoked nor expired, and notes that connected ones were seen', async () => {
  await using world = await createWorld();
  const user = await world.user('alice');
  const other = await again(world, user);
  await other.caller.auth.logout();
  const unknown = world.services.newId();
  const ids = [user.session.id, other.sessionId, unknown];
  expect(await areSessionsAlive(world.services, ids)).toEqual(new Set([user.session.id]));
  expect(await areSessionsAlive(world.services, [])).toEqual(new Set());
  const strangers = Array.from({ length: 70_000 }, () => world.services.newId());
  expect(await areSessionsAlive(world.services, [...strangers, ...ids])).toEqual(new Set([user.session.id]));
  world.clock.turn(6 * 60_000);
  await areSessionsAlive(world.services, ids);
  expect((await user.caller.auth.sessions()).items[0]?.lastSeenAt).toBe(world.clock.now());
  world.clock.turn(limits.sessionIdleMs);
  expect(await areSessionsAlive(world.services, ids)).toEqual(new Set());
});

/** Counts the selects that the services' database is asked for. */
function countQueries(world: World): () => number {
  let count = 0;
  const { db } = world.services;
  const orm = new Proxy(db.orm, {
    get(target, name, receiver) {
      if (name === 'select') count++;
      return Reflect.get(target, name, receiver);
    },
  });
  world.services.db = { ...db, orm };
  return () => count;
}
