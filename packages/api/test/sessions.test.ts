import { limits, type Platform } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { authenticate } from '../src/auth/authenticate.ts';
import type { MultiLoginPolicy } from '../src/auth/multi-login.ts';
import { rateLimitTable } from '../src/rate-limits.ts';
import { type Caller, createWorld, type World } from '../src/testing/index.ts';
import { refusal } from './scene.ts';

const password = 'correct horse battery';

async function login(world: World, platform: Platform, address = '127.0.0.1') {
  const result = await world.caller({ address }).auth.login({ userId: 'alice', password, platform });
  return { ...result, refreshToken: result.refreshToken ?? '', accessToken: result.accessToken ?? '' };
}

describe('a login under a policy', () => {
  const policies: [MultiLoginPolicy, Platform[]][] = [
    ['none', ['web', 'ios', 'android', 'ipad', 'windows', 'ios']],
    ['samePlatform', ['web', 'android', 'ipad', 'windows', 'ios']],
    ['sameClass', ['web', 'ipad', 'windows', 'ios']],
    ['pcAndOneOther', ['windows', 'ios']],
  ];

  test.each(policies)('%s leaves these: %j', async (multiLogin, left) => {
    await using world = await createWorld({ settings: { multiLogin } });
    await world.user('alice', { platform: 'web' });
    const others: Platform[] = ['ios', 'android', 'ipad', 'windows'];
    // Sessions that a policy of the kind would end are put there as if it had been another policy's day.
    world.services.settings.multiLogin = 'none';
    for (const platform of others) await login(world, platform);
    world.services.settings.multiLogin = multiLogin;
    const { accessToken } = await login(world, 'ios');
    const { items } = await (await world.callerWith(accessToken)).auth.sessions();
    expect(items.map((item) => item.platform).sort()).toEqual(left.toSorted());
  });

  test('tells the session that it replaces so, also when that was away and asks only later', async () => {
    await using world = await createWorld({ settings: { multiLogin: 'samePlatform' } });
    await world.user('alice', { platform: 'web' });
    const first = await login(world, 'ios');
    world.heard.length = 0;
    await login(world, 'ios');
    expect(world.heard).toContainEqual({
      kind: 'sessionsRevoked',
      userId: 'alice',
      sessionIds: [first.session.id],
      close: 'SESSION_REPLACED',
    });
    expect(await refusal(world.caller().auth.refresh({ refreshToken: first.refreshToken }))).toBe('SESSION_REPLACED');
  });

  test('is the only thing that replaces: an old session that comes back, or refreshes, ends nobody', async () => {
    await using world = await createWorld({ settings: { multiLogin: 'samePlatform' } });
    await world.user('alice', { platform: 'web' });
    const first = await login(world, 'ios');
    const second = await login(world, 'ios');
    world.heard.length = 0;
    await world
      .caller()
      .auth.refresh({ refreshToken: first.refreshToken })
      .catch(() => {});
    expect(await authenticate(world.services, first.accessToken)).toBeNull();
    expect(world.heard).toEqual([]);
    await world.callerWith(second.accessToken).then((caller) => caller.users.me());
    const renewed = await world.caller().auth.refresh({ refreshToken: second.refreshToken });
    expect(renewed.session.id).toBe(second.session.id);
  });
});

test('a user has at most as many sessions as the server allows; the one not seen for longest makes room', async () => {
  await using world = await createWorld({ settings: { sessionsMaxPerUser: 3 } });
  await world.user('alice', { platform: 'web' });
  const platforms: Platform[] = ['ios', 'windows', 'ipad', 'macos'];
  let last = '';
  for (const platform of platforms) {
    world.clock.turn(1_000);
    last = (await login(world, platform)).accessToken;
  }
  const { items } = await (await world.callerWith(last)).auth.sessions();
  expect(items.map((item) => item.platform)).toEqual(['macos', 'ipad', 'windows']);
  expect(limits.sessionsMaxPerUser).toBeGreaterThan(3);
});

describe('S15: ending other sessions', () => {
  /** Every way to do it from `caller`, of which `otherId` is one. */
  const ways = (caller: Caller, otherId: string) => [
    (given: { password?: string }) => caller.auth.revokeSession({ sessionId: otherId, ...given }),
    (given: { password?: string }) => caller.auth.logoutOthers(given),
    (given: { password?: string }) => caller.auth.logoutAll(given),
  ];

  test('asks for the password first: whoever stole a session cannot lock the owner out elsewhere', async () => {
    await using world = await createWorld();
    const user = await world.user('alice', { platform: 'web' });
    const phone = await login(world, 'ios');
    world.heard.length = 0;
    for (const end of ways(user.caller, phone.session.id)) {
      const refused = { code: 'PASSWORD_REQUIRED', field: 'password', message: expect.stringMatching(/password/) };
      await expect(end({})).rejects.toMatchObject({ code: 'FORBIDDEN', cause: refused });
      await expect(end({ password: 'wrong' })).rejects.toMatchObject({ cause: { code: 'WRONG_CREDENTIALS', field: 'password' } });
    }
    await expect(user.caller.auth.logoutOthers()).rejects.toMatchObject({ cause: { code: 'PASSWORD_REQUIRED' } });
    expect(world.heard).toEqual([]);
    expect((await user.caller.auth.sessions()).items).toHaveLength(2);
    await user.caller.auth.revokeSession({ sessionId: phone.session.id, password });
    expect(await authenticate(world.services, phone.accessToken)).toBeNull();
  });

  test('asks nothing for the session itself, and not in vain for one that is not there', async () => {
    await using world = await createWorld();
    const user = await world.user('alice', { platform: 'web' });
    const [phone, pad] = [await login(world, 'ios'), await login(world, 'ipad')];
    await (await world.callerWith(phone.accessToken)).auth.logout();
    await (await world.callerWith(pad.accessToken)).auth.revokeSession({ sessionId: pad.session.id });
    expect((await user.caller.auth.sessions()).items).toHaveLength(1);
    expect(await refusal(user.caller.auth.revokeSession({ sessionId: pad.session.id }))).toBe('NOT_FOUND');
  });

  test('takes as many wrong passwords as a login, together with it', async () => {
    await using world = await createWorld({ rateLimitFactor: 1 });
    const user = await world.user('alice', { platform: 'web' });
    const phone = await login(world, 'ios');
    const { points } = rateLimitTable.loginPerAccountAndAddress;
    for (let tries = 0; tries < points; tries++) {
      expect(await refusal(user.caller.auth.logoutOthers({ password: 'wrong' }))).toBe('WRONG_CREDENTIALS');
      // Asking what is needed is no try.
      expect(await refusal(user.caller.auth.logoutOthers())).toBe('PASSWORD_REQUIRED');
    }
    for (const end of ways(user.caller, phone.session.id)) expect(await refusal(end({ password }))).toBe('RATE_LIMITED');
    expect(await refusal(login(world, 'ios'))).toBe('RATE_LIMITED');
    await login(world, 'ios', '198.51.100.1');
  });

  test('does not ask whom the customer’s server lets in, who has no password', async () => {
    await using world = await createWorld();
    const { backend } = await world.backend();
    await backend.upsertUsers({ users: [{ userId: 'zoe' }] });
    const mint = async () => {
      const { accessToken = '', session } = await backend.mintSession({ userId: 'zoe', platform: 'web' });
      return { id: session.id, caller: await world.callerWith(accessToken) };
    };
    const [own, other] = [await mint(), await mint()];
    await mint();
    await own.caller.auth.revokeSession({ sessionId: other.id });
    expect(await own.caller.auth.logoutOthers()).toEqual({ revoked: 1 });
    await own.caller.auth.logoutAll();
    expect((await own.caller.auth.sessions()).items).toEqual([]);
  });
});

describe('S15: the list of sessions', () => {
  test('tells platform, place and last use, and the place follows the device', async () => {
    await using world = await createWorld();
    const user = await world.user('alice', { platform: 'web' });
    const began = world.clock.now();
    const phone = await login(world, 'ios', '192.0.2.7');
    const list = async () => (await user.caller.auth.sessions()).items.find((item) => item.id === phone.session.id);
    expect(await list()).toMatchObject({ platform: 'ios', address: '192.0.2.7', lastSeenAt: began, current: false });
    world.clock.turn(61_000);
    await authenticate(world.services, phone.accessToken, '198.51.100.1');
    expect(await list()).toMatchObject({ address: '198.51.100.1', lastSeenAt: began + 61_000 });
    world.clock.turn(10_000);
    await world.caller({ address: '203.0.113.5' }).auth.refresh({ refreshToken: phone.refreshToken });
    expect(await list()).toMatchObject({ address: '203.0.113.5', lastSeenAt: began + 71_000 });
  });

  test('has no place for a session that the customer’s server began, before it is used', async () => {
    await using world = await createWorld();
    const user = await world.user('alice', { platform: 'web' });
    const minted = await (await world.backend()).backend.mintSession({ userId: 'alice', platform: 'ios' });
    const list = async () => (await user.caller.auth.sessions()).items.find((item) => item.id === minted.session.id);
    expect(await list()).not.toHaveProperty('address');
    await authenticate(world.services, minted.accessToken ?? '', '192.0.2.7');
    expect(await list()).toMatchObject({ address: '192.0.2.7' });
  });

  test('all others are ended at once, the asking one and other people’s live on', async () => {
    await using world = await createWorld();
    const user = await world.user('alice', { platform: 'web' });
    const bob = await world.user('bob');
    const others = [await login(world, 'ios'), await login(world, 'ipad')];
    world.heard.length = 0;
    expect(await user.caller.auth.logoutOthers({ password })).toEqual({ revoked: 2 });
    expect(world.heard[0]).toMatchObject({
      close: 'SESSION_REVOKED',
      sessionIds: expect.arrayContaining(others.map(({ session }) => session.id)),
    });
    for (const other of others) {
      expect(await authenticate(world.services, other.accessToken)).toBeNull();
      expect(await refusal(world.caller().auth.refresh({ refreshToken: other.refreshToken }))).toBe('SESSION_REVOKED');
    }
    expect((await user.caller.auth.sessions()).items.map((item) => item.id)).toEqual([user.session.id]);
    await bob.caller.users.me();
    world.heard.length = 0;
    expect(await user.caller.auth.logoutOthers({ password })).toEqual({ revoked: 0 });
    expect(world.heard).toEqual([]);
  });
});

test('how one gets in is told before anybody is logged in; afterwards also whether by an account of Nexo’s own', async () => {
  await using open = await createWorld();
  await using closed = await createWorld({ settings: { registrationOpen: false } });
  expect(await open.caller().auth.options()).toEqual({ registrationOpen: true });
  expect(await closed.caller().auth.options()).toEqual({ registrationOpen: false });
  const alice = await open.user('alice');
  expect(await alice.caller.auth.options()).toEqual({ registrationOpen: true, ownAccount: true });
  const server = await closed.backend();
  await server.backend.upsertUsers({ users: [{ userId: 'zoe' }] });
  const { accessToken } = await server.backend.mintSession({ userId: 'zoe', platform: 'web' });
  const zoe = await closed.callerWith(accessToken ?? '');
  expect(await zoe.auth.options()).toEqual({ registrationOpen: false, ownAccount: false });
});
