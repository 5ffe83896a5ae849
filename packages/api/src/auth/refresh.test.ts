import { schema } from '@nexo/db';
import { limits } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { rateLimitTable } from '../rate-limits.ts';
import { createWorld, MemoryCookieJar, type World } from '../testing/index.ts';
import { areSessionsAlive } from './are-sessions-alive.ts';

const revoked = { code: 'UNAUTHORIZED', cause: { code: 'SESSION_REVOKED' } };
const unauthenticated = { code: 'UNAUTHORIZED', cause: { code: 'UNAUTHENTICATED' } };

/** A token client that refreshes: its pair before and after. */
async function refresh(world: World, refreshToken: string) {
  const result = await world.caller().auth.refresh({ refreshToken });
  return { ...result, accessToken: result.accessToken ?? '', refreshToken: result.refreshToken ?? '' };
}

const isLoggedIn = async (world: World, accessToken: string) =>
  (await world.callerWith(accessToken)).users.me().then(
    () => true,
    () => false,
  );

describe('rotation', () => {
  test('a refresh gives a new pair of the same session, which then expires later', async () => {
    await using world = await createWorld();
    const user = await world.user('alice', { deviceName: 'Laptop' });
    world.clock.turn(limits.accessTokenMs);
    expect(await isLoggedIn(world, user.accessToken)).toBe(false);
    const next = await refresh(world, user.refreshToken);
    expect(next.session).toMatchObject({ id: user.session.id, deviceName: 'Laptop', lastSeenAt: world.clock.now() });
    expect(next.accessTokenExpiresAt).toBe(world.clock.now() + limits.accessTokenMs);
    expect(next.refreshToken).not.toBe(user.refreshToken);
    expect(await isLoggedIn(world, next.accessToken)).toBe(true);
    world.clock.turn(limits.sessionIdleMs - 1);
    await refresh(world, next.refreshToken);
  });

  test('S13 a session that nobody refreshed for the idle time is over', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    world.clock.turn(limits.sessionIdleMs);
    await expect(refresh(world, user.refreshToken)).rejects.toMatchObject(unauthenticated);
  });

  test('S13 a session ends a fixed time after its login, however often it is refreshed, and no token of it lives longer', async () => {
    const lastMs = limits.accessTokenMs / 3;
    const sessionMaxMs = 2 * (limits.sessionIdleMs - 1) + lastMs;
    await using world = await createWorld({ settings: { sessionMaxMs } });
    const user = await world.user('alice');
    const end = world.clock.now() + sessionMaxMs;
    let { refreshToken } = user;
    for (let n = 0; n < 2; n++) {
      world.clock.turn(limits.sessionIdleMs - 1);
      ({ refreshToken } = await refresh(world, refreshToken));
    }
    const last = await refresh(world, refreshToken);
    expect(last.accessTokenExpiresAt).toBe(end);
    world.clock.turn(lastMs - 1);
    expect(await isLoggedIn(world, last.accessToken)).toBe(true);
    world.clock.turn(1);
    expect(await isLoggedIn(world, last.accessToken)).toBe(false);
    await expect(refresh(world, last.refreshToken)).rejects.toMatchObject(unauthenticated);
    expect(await areSessionsAlive(world.services, [user.session.id])).toEqual(new Set());
    await world.caller().auth.login({ userId: 'alice', password: user.password, platform: 'web' });
  });

  test('S13 cookies do not outlive the session either', async () => {
    await using world = await createWorld({ settings: { sessionMaxMs: limits.accessTokenMs / 2 } });
    const { password } = await world.user('alice');
    const cookies = new MemoryCookieJar();
    await world.caller({ cookies }).auth.login({ userId: 'alice', password, platform: 'web', transport: 'cookie' });
    world.clock.turn(1_000);
    await world.caller({ cookies }).auth.refresh({});
    for (const cookie of cookies.cookies.values()) expect(cookie.maxAgeMs).toBe(limits.accessTokenMs / 2 - 1_000);
  });

  test('S13 an absolute end that is brought nearer holds for sessions that are there, from their next refresh on', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    world.clock.turn(24 * 3_600_000);
    world.services.settings.sessionMaxMs = 24 * 3_600_000;
    await expect(refresh(world, user.refreshToken)).rejects.toMatchObject(unauthenticated);
    world.services.settings.sessionMaxMs = 24 * 3_600_000 + 1;
    expect((await refresh(world, user.refreshToken)).accessTokenExpiresAt).toBe(world.clock.now() + 1);
  });

  test('S7 a forged token is refused', async () => {
    await using world = await createWorld();
    await world.user('alice');
    for (const forged of ['', 'nxr_', 'nonsense', `nxr_${'A'.repeat(43)}`, `nxr_${'A'.repeat(100)}`]) {
      await expect(refresh(world, forged), forged).rejects.toMatchObject(unauthenticated);
    }
  });

  test('an access token does not refresh and a refresh token does not authenticate', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    await expect(refresh(world, user.accessToken)).rejects.toMatchObject(unauthenticated);
    expect(await isLoggedIn(world, user.refreshToken)).toBe(false);
    const asRefresh = `nxr_${user.accessToken.slice(4)}`;
    await expect(refresh(world, asRefresh)).rejects.toMatchObject(unauthenticated);
  });

  test('without a token it is refused', async () => {
    await using world = await createWorld();
    await expect(world.caller().auth.refresh({})).rejects.toMatchObject(unauthenticated);
  });
});

describe('reuse', () => {
  test('S10 a used token met again after a minute revokes its whole session, and only that', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const other = await world.caller().auth.login({ userId: 'alice', password: user.password, platform: 'ios' });
    const next = await refresh(world, user.refreshToken);
    expect(await isLoggedIn(world, next.accessToken)).toBe(true);
    world.clock.turn(limits.refreshOnItsWayMs + 1);
    world.heard.length = 0;
    await expect(refresh(world, user.refreshToken)).rejects.toMatchObject(revoked);
    expect(await isLoggedIn(world, next.accessToken)).toBe(false);
    expect(await isLoggedIn(world, user.accessToken)).toBe(false);
    await expect(refresh(world, next.refreshToken)).rejects.toMatchObject(revoked);
    expect(world.heard).toEqual([
      { kind: 'sessionsRevoked', userId: 'alice', sessionIds: [user.session.id], close: 'SESSION_REVOKED' },
      expect.objectContaining({
        kind: 'user',
        userId: 'alice',
        events: [{ type: 'me.sessions', userChange: expect.any(Number) }],
      }),
    ]);
    expect(world.logged).toEqual([expect.objectContaining({ level: 'warn', message: 'a used refresh token came back' })]);
    const rows = await world.services.db.orm.select().from(schema.sessions);
    expect(rows.map((row) => row.revokeReason).sort()).toEqual(['reuse', null].sort());
    expect(await isLoggedIn(world, other.accessToken ?? '')).toBe(true);
  });

  test('an answer that was lost signs nobody out: the same token gives a fresh pair, however late, and what was lost is worth nothing', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const lost = await refresh(world, user.refreshToken);
    world.clock.turn(limits.sessionIdleMs / 10);
    const lostAgain = await refresh(world, user.refreshToken);
    world.clock.turn(limits.refreshOnItsWayMs * 2);
    const arrived = await refresh(world, user.refreshToken);
    expect(await isLoggedIn(world, arrived.accessToken)).toBe(true);
    const next = await refresh(world, arrived.refreshToken);
    expect(await isLoggedIn(world, next.accessToken)).toBe(true);
    world.clock.turn(limits.refreshOnItsWayMs + 1);
    for (const { refreshToken } of [lostAgain, lost]) {
      await expect(refresh(world, refreshToken)).rejects.toMatchObject(revoked);
    }
  });

  test('S10 a copy of a used token is found out as soon as one thing of its successor was used: the access token, or the refresh token', async () => {
    await using world = await createWorld();
    for (const [id, use] of [
      ['alice', (next: { accessToken: string }) => isLoggedIn(world, next.accessToken)],
      ['bob', (next: { refreshToken: string }) => refresh(world, next.refreshToken)],
    ] as const) {
      const user = await world.user(id);
      const next = await refresh(world, user.refreshToken);
      await use(next);
      world.clock.turn(limits.refreshOnItsWayMs + 1);
      await expect(refresh(world, user.refreshToken), id).rejects.toMatchObject(revoked);
      expect(await isLoggedIn(world, next.accessToken)).toBe(false);
    }
  });

  test('a refresh that lay for a while in a node that stood still signs nobody out, and gives nothing', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const next = await refresh(world, user.refreshToken);
    expect(await isLoggedIn(world, next.accessToken)).toBe(true);
    world.clock.turn(limits.refreshGraceMs + 1);
    const late = await refresh(world, user.refreshToken).catch((error: unknown) => error);
    expect(late).toMatchObject({ cause: { code: 'TOKEN_USED', retryAfterMs: limits.refreshOnItsWayMs - limits.refreshGraceMs } });
    expect(await isLoggedIn(world, next.accessToken)).toBe(true);
    await refresh(world, next.refreshToken);
    world.clock.turn(limits.refreshOnItsWayMs - limits.refreshGraceMs);
    await expect(refresh(world, user.refreshToken)).rejects.toMatchObject(revoked);
  });

  test('S11 within the grace the same token gives another fresh pair, and both tabs stay logged in', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const tab1 = await refresh(world, user.refreshToken);
    world.clock.turn(limits.refreshGraceMs);
    const tab2 = await refresh(world, user.refreshToken);
    expect(tab2.session.id).toBe(tab1.session.id);
    expect(tab2.refreshToken).not.toBe(tab1.refreshToken);
    expect(await isLoggedIn(world, tab1.accessToken)).toBe(true);
    expect(await isLoggedIn(world, tab2.accessToken)).toBe(true);
    // The browser's jar holds the later of the two from here on.
    world.clock.turn(limits.accessTokenMs);
    const later = await refresh(world, tab2.refreshToken);
    expect(await isLoggedIn(world, later.accessToken)).toBe(true);
  });

  test('S10 two holders of one session never go on side by side, even when both refreshed within the grace', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const [honest, thief] = [await refresh(world, user.refreshToken), await refresh(world, user.refreshToken)];
    world.clock.turn(limits.accessTokenMs);
    const honestNext = await refresh(world, honest.refreshToken);
    world.clock.turn(limits.refreshOnItsWayMs + 1);
    await expect(refresh(world, thief.refreshToken)).rejects.toMatchObject(revoked);
    expect(await isLoggedIn(world, honestNext.accessToken)).toBe(false);
  });

  test('S11 of 20 refreshes with one token at once every one is answered, there is one session, and the user stays logged in', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const results = await Promise.all(Array.from({ length: 20 }, () => refresh(world, user.refreshToken)));
    expect(new Set(results.map((result) => result.session.id))).toEqual(new Set([user.session.id]));
    expect(new Set(results.map((result) => result.refreshToken)).size).toBe(20);
    for (const { accessToken } of results) expect(await isLoggedIn(world, accessToken)).toBe(true);
    expect((await user.caller.auth.sessions()).items).toHaveLength(1);
    const last = results.at(-1)?.refreshToken ?? '';
    world.clock.turn(limits.accessTokenMs);
    const next = await refresh(world, last);
    expect(await isLoggedIn(world, next.accessToken)).toBe(true);
    // 19 tokens nobody holds: each is used up now, and to see one again is theft.
    world.clock.turn(limits.refreshOnItsWayMs + 1);
    await expect(refresh(world, results[0]?.refreshToken ?? '')).rejects.toMatchObject(revoked);
  });

  test('a refresh that races with signing out leaves no live token', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const [racing] = await Promise.allSettled([refresh(world, user.refreshToken), user.caller.auth.logout()]);
    if (racing.status === 'fulfilled') expect(await isLoggedIn(world, racing.value.accessToken)).toBe(false);
    else expect(racing.reason).toMatchObject(revoked);
    const { tokens } = schema;
    const rows = await world.services.db.orm.select().from(tokens);
    expect(rows.filter((row) => row.kind === 'access')).toEqual([]);
  });

  test('a refresh waits for a revocation under way, and then sees it', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const { sql } = world.services.db;
    let refreshing: Promise<unknown> = Promise.resolve();
    await sql.begin(async (revoking) => {
      await revoking`update sessions set revoked_at = now()`;
      refreshing = refresh(world, user.refreshToken).catch((error: unknown) => error);
      const waiting = () => sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      await expect.poll(async () => (await waiting()).length).toBe(1);
    });
    expect(await refreshing).toMatchObject(revoked);
  });

  test('a session refreshes a bounded number of times a minute', async () => {
    await using world = await createWorld({ rateLimitFactor: 0.1 });
    const user = await world.user('alice');
    for (let n = 0; n < rateLimitTable.refreshPerSession.points * 0.1; n++) await refresh(world, user.refreshToken);
    await expect(refresh(world, user.refreshToken)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  });
});

test('expired tokens of anybody are removed by refreshing, so that the table stays bounded', async () => {
  await using world = await createWorld();
  for (const id of ['bob', 'carol']) {
    const user = await world.user(id);
    await user.caller.auth.logout();
  }
  const user = await world.user('alice');
  let { refreshToken } = user;
  for (let n = 0; n < 5; n++) {
    world.clock.turn(limits.sessionIdleMs - 1);
    ({ refreshToken } = await refresh(world, refreshToken));
  }
  world.clock.turn(limits.accessTokenMs);
  ({ refreshToken } = await refresh(world, refreshToken));
  const rows = await world.services.db.orm.select().from(schema.tokens);
  expect(rows.map((row) => row.expiresAt.getTime() > world.clock.now())).not.toContain(false);
  expect(rows.length).toBeLessThanOrEqual(4);
});
