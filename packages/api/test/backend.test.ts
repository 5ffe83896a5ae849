import { newId, type SendAsInput, systemUserId } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { authenticateKey } from '../src/backend/authenticate-key.ts';
import { createKey, listKeys, revokeKey } from '../src/backend/keys.ts';
import { createWorld } from '../src/testing/index.ts';
import { people, refusal, refusalOf, rowsOf, say } from './scene.ts';

const hello = { type: 'text', text: 'hello' } as const;
const message = (more: Omit<SendAsInput, 'clientMessageId' | 'content'> & Partial<SendAsInput>): SendAsInput => ({
  clientMessageId: newId(),
  content: hello,
  ...more,
});

describe('a key', () => {
  test('is shown once and stored as a hash; the list tells it by its name and ending, and when it was last used', async () => {
    await using world = await createWorld();
    const { key, view } = await createKey(world.services, { name: 'shop', scopes: ['messages', 'users'] });
    expect(key).toMatch(/^nxk_[A-Za-z0-9_-]{43}$/);
    expect(view).toMatchObject({ name: 'shop', ending: key.slice(-4), scopes: ['users', 'messages'], lastUsedAt: null });
    const stored = await world.services.db.sql`select encode(hash, 'escape') as hash, k.* from api_keys k`;
    expect(JSON.stringify(stored)).not.toContain(key.slice(0, -4));
    world.clock.turn(5_000);
    expect(await authenticateKey(world.services, key)).toMatchObject({ id: view.id, scopes: ['users', 'messages'] });
    expect(await listKeys(world.services)).toEqual([{ ...view, lastUsedAt: world.clock.now() }]);
  });

  test('is noted as used once a minute at most', async () => {
    await using world = await createWorld();
    const { key } = await createKey(world.services, { name: 'shop', scopes: [] });
    const first = world.clock.now();
    for (const ms of [0, 59_000]) {
      world.clock.turn(ms);
      await authenticateKey(world.services, key);
    }
    expect(await listKeys(world.services)).toMatchObject([{ lastUsedAt: first }]);
    world.clock.turn(2_000);
    await authenticateKey(world.services, key);
    expect(await listKeys(world.services)).toMatchObject([{ lastUsedAt: world.clock.now() }]);
  });

  test('that is revoked lets nobody in from then on, and stays in the list', async () => {
    await using world = await createWorld();
    const { key, view } = await createKey(world.services, { name: 'shop', scopes: ['users'] });
    expect(await authenticateKey(world.services, key)).not.toBeNull();
    await revokeKey(world.services, view.id);
    expect(await authenticateKey(world.services, key)).toBeNull();
    expect(await listKeys(world.services)).toMatchObject([{ id: view.id, revokedAt: world.clock.now() }]);
    await expect(revokeKey(world.services, view.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('of no one, a session’s token and an empty text are no keys', async () => {
    await using world = await createWorld();
    const { accessToken } = await world.user('alice');
    for (const token of ['', 'nxk_', `nxk_${'a'.repeat(43)}`, accessToken]) {
      expect(await authenticateKey(world.services, token)).toBeNull();
    }
  });

  test('A15: does nothing outside of its scopes, and says which one is lacking', async () => {
    await using world = await createWorld();
    await world.user('alice');
    const server = await world.backend(['users', 'messages']);
    await server.backend.getUsers({ userIds: ['alice'] });
    const refused = await refusalOf(server.backend.mintSession({ userId: 'alice', platform: 'web' }));
    expect(refused).toMatchObject({ code: 'FORBIDDEN', message: 'This key lacks the scope sessions' });
  });

  test('has limits of its own: calls and messages, with the time to wait', async () => {
    await using world = await createWorld({ rateLimitFactor: 0.001 });
    const server = await world.backend();
    const call = () => server.backend.getUsers({ userIds: [systemUserId] });
    for (let calls = 0; calls < 6; calls++) await call();
    expect(await refusalOf(call())).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
    await (await world.backend()).backend.getUsers({ userIds: [systemUserId] });
    const messages = Array.from({ length: 61 }, () => message({ toUserId: 'alice' }));
    const tooMany = await refusalOf((await world.backend()).backend.sendBatch({ messages }));
    expect(tooMany).toMatchObject({ code: 'RATE_LIMITED' });
  });
});

describe('upserting users', () => {
  test('makes those that do not exist and changes of the others what is given', async () => {
    await using world = await createWorld();
    const alice = await world.user('alice');
    await alice.caller.users.update({ bio: 'climbs', avatarUrl: 'https://example.org/a.png' });
    const server = await world.backend();
    const users = [
      { userId: 'zoe', displayName: 'Zoe' },
      { userId: 'ALICE', displayName: 'Alice B', avatarUrl: null },
      { userId: 'robot', kind: 'bot' as const },
    ];
    expect(await server.backend.upsertUsers({ users })).toEqual({
      items: [
        { id: 'zoe', displayName: 'Zoe', kind: 'person' },
        { id: 'alice', displayName: 'Alice B', bio: 'climbs', kind: 'person' },
        { id: 'robot', displayName: 'robot', kind: 'bot' },
      ],
      createdUserIds: ['robot', 'zoe'],
    });
    const { items } = await alice.caller.users.search({ query: 'zoe' });
    expect(items).toMatchObject([{ id: 'zoe' }]);
  });

  test('is told to whom it changed, and repeating it tells nobody anything', async () => {
    await using world = await createWorld();
    const alice = await world.user('alice');
    const server = await world.backend();
    const { userChange } = await alice.caller.sync.snapshot({});
    world.heard.length = 0;
    const users = [
      { userId: 'alice', displayName: 'Alice B' },
      { userId: 'bob', displayName: 'Bob' },
    ];
    await server.backend.upsertUsers({ users });
    const user = { ...(await alice.caller.users.me()), displayName: 'Alice B' };
    const change = userChange + 1;
    const told = [{ kind: 'user', userId: 'alice', change, events: [{ type: 'me.profile', userChange: change, user }] }];
    expect(world.heard).toEqual(told);
    const { epoch } = await alice.caller.sync.snapshot({});
    expect(await alice.caller.sync.resume({ epoch, userChange, conversations: [] })).toMatchObject({ me: user });
    expect(await server.backend.upsertUsers({ users })).toMatchObject({ createdUserIds: [] });
    expect(world.heard).toEqual(told);
  });

  test('refuses a user named twice, and does nothing then', async () => {
    await using world = await createWorld();
    const server = await world.backend();
    const users = [{ userId: 'zoe' }, { userId: 'amy' }, { userId: 'Zoe' }];
    expect(await refusal(server.backend.upsertUsers({ users }))).toBe('INVALID_INPUT');
    expect(await server.backend.getUsers({ userIds: ['zoe', 'amy'] })).toMatchObject({ items: [] });
  });

  test('of the same users from many sides at once makes each once', async () => {
    await using world = await createWorld();
    const server = await world.backend();
    const ids = Array.from({ length: 20 }, (_, n) => `user-${n}`);
    const batches = Array.from({ length: 8 }, (_, n) =>
      server.backend.upsertUsers({
        users: (n % 2 === 0 ? ids : ids.toReversed()).map((userId) => ({ userId, displayName: `by ${n}` })),
      }),
    );
    const created = (await Promise.all(batches)).flatMap((result) => result.createdUserIds);
    expect(created.sort()).toEqual(ids.toSorted());
  });

  test('begin with the settings of all new accounts', async () => {
    const newAccounts = { messagesFrom: 'contacts', contactRequestsFrom: 'nobody' } as const;
    await using world = await createWorld({ settings: { newAccounts } });
    const server = await world.backend();
    await server.backend.upsertUsers({ users: [{ userId: 'zoe' }] });
    const { user } = await server.backend.mintSession({ userId: 'zoe', platform: 'web' });
    expect(user).toMatchObject(newAccounts);
  });

  test('cannot make somebody the system, nor take its place', async () => {
    await using world = await createWorld();
    const server = await world.backend();
    const { items } = await server.backend.upsertUsers({ users: [{ userId: 'SYSTEM', displayName: 'Acme', kind: 'person' }] });
    expect(items).toEqual([{ id: systemUserId, displayName: 'Acme', kind: 'system' }]);
    expect(await refusal(world.user(systemUserId))).toBe('USER_ID_TAKEN');
    expect(await refusal(server.backend.mintSession({ userId: systemUserId, platform: 'web' }))).toBe('NOT_FOUND');
    const alice = await world.user('alice');
    expect(await refusal(alice.caller.conversations.openDirect({ userId: systemUserId }))).toBe('NOT_FOUND');
    expect(await alice.caller.users.search({ query: 'acme' })).toMatchObject({ items: [] });
  });
});

describe('sessions by the customer’s server', () => {
  test('a minted session is one like any other, without a password and with registration closed', async () => {
    await using world = await createWorld({ settings: { registrationOpen: false } });
    const server = await world.backend();
    await server.backend.upsertUsers({ users: [{ userId: 'zoe' }] });
    const minted = await server.backend.mintSession({ userId: 'Zoe', platform: 'ios', deviceName: 'Phone' });
    expect(minted).toMatchObject({ user: { id: 'zoe' }, session: { platform: 'ios', deviceName: 'Phone', current: true } });
    const zoe = await world.callerWith(minted.accessToken ?? '');
    expect(await zoe.users.me()).toMatchObject({ id: 'zoe' });
    const renewed = await world.caller().auth.refresh({ refreshToken: minted.refreshToken ?? '' });
    expect(renewed.session.id).toBe(minted.session.id);
    expect(await refusal(world.user('anybody'))).toBe('FORBIDDEN');
    const login = world.caller().auth.login({ userId: 'zoe', password: '', platform: 'web' });
    expect(await refusal(login)).toBe('INVALID_INPUT');
    const guess = world.caller().auth.login({ userId: 'zoe', password: 'correct horse battery', platform: 'web' });
    expect(await refusal(guess)).toBe('WRONG_CREDENTIALS');
  });

  test('the multi-login policy holds for minted ones, also at the same moment', async () => {
    await using world = await createWorld({ settings: { multiLogin: 'samePlatform' } });
    const server = await world.backend();
    await server.backend.upsertUsers({ users: [{ userId: 'zoe' }] });
    await Promise.all(Array.from({ length: 8 }, () => server.backend.mintSession({ userId: 'zoe', platform: 'ios' })));
    expect((await server.backend.listSessions({ userId: 'zoe' })).items).toHaveLength(1);
  });

  test('revoking ends the named ones, or all, and tells the nodes; others’ sessions and dead ones are left out', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const server = await world.backend();
    const { session: phone } = await server.backend.mintSession({ userId: 'alice', platform: 'ios' });
    world.heard.length = 0;
    const named = { userId: 'alice', sessionIds: [phone.id, bob.session.id, newId()] };
    expect(await server.backend.revokeSessions(named)).toEqual({ revokedSessionIds: [phone.id] });
    expect(world.heard[0]).toEqual({
      kind: 'sessionsRevoked',
      userId: 'alice',
      sessionIds: [phone.id],
      close: 'SESSION_REVOKED',
    });
    expect(await server.backend.revokeSessions(named)).toEqual({ revokedSessionIds: [] });
    expect(await server.backend.revokeSessions({ userId: 'alice' })).toEqual({ revokedSessionIds: [alice.session.id] });
    await expect(world.callerWith(alice.accessToken).then((caller) => caller.users.me())).rejects.toThrow();
    await world.callerWith(bob.accessToken).then((caller) => caller.users.me());
  });

  test('S18: a ticket opens one session, once, for its user, within its minute; 20 at once open one', async () => {
    await using world = await createWorld();
    await world.user('alice');
    const server = await world.backend();
    const redeem = (ticket: string) => world.caller().auth.redeem({ ticket, platform: 'web' });
    const { ticket, expiresAt } = await server.backend.mintTicket({ userId: 'alice' });
    expect(expiresAt).toBe(world.clock.now() + 60_000);
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => redeem(ticket)));
    const won = tries.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    expect(won).toMatchObject([{ user: { id: 'alice' }, session: { platform: 'web' } }]);
    expect(await refusal(redeem(ticket))).toBe('WRONG_CREDENTIALS');
    const late = await server.backend.mintTicket({ userId: 'alice' });
    world.clock.turn(60_000);
    expect(await refusal(redeem(late.ticket))).toBe('WRONG_CREDENTIALS');
    const stored = await world.services.db.sql`select * from tickets`;
    expect(JSON.stringify(stored)).not.toContain(ticket);
  });
});

describe('suspended users', () => {
  test('S9: are out with the commit, on every session and by every way in, until they are restored', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const server = await world.backend();
    const phone = await server.backend.mintSession({ userId: 'alice', platform: 'ios' });
    const { ticket } = await server.backend.mintTicket({ userId: 'alice' });
    await world.callerWith(alice.accessToken);
    world.heard.length = 0;
    expect(await server.backend.suspendUsers({ userIds: ['ALICE'] })).toEqual({ suspendedUserIds: ['alice'] });
    const sessionIds = [alice.session.id, phone.session.id].sort();
    expect(world.heard[0]).toEqual({ kind: 'sessionsRevoked', userId: 'alice', sessionIds, close: 'SESSION_REVOKED' });
    for (const token of [alice.accessToken, phone.accessToken ?? '']) {
      expect(await refusal(world.callerWith(token).then((caller) => caller.users.me()))).toBe('UNAUTHENTICATED');
    }
    const nobody = world.caller();
    const login = (password: string) => nobody.auth.login({ userId: 'alice', password, platform: 'web' });
    expect(await refusal(login(alice.password))).toBe('SUSPENDED');
    // Who does not know the password does not learn it.
    expect(await refusal(login('a wrong guess'))).toBe('WRONG_CREDENTIALS');
    expect(await refusal(nobody.auth.refresh({ refreshToken: alice.refreshToken }))).toBe('SESSION_REVOKED');
    expect(await refusal(nobody.auth.redeem({ ticket, platform: 'web' }))).toBe('SUSPENDED');
    expect(await refusal(server.backend.mintSession({ userId: 'alice', platform: 'web' }))).toBe('SUSPENDED');
    await bob.caller.users.me();

    expect(await server.backend.suspendUsers({ userIds: ['alice'] })).toEqual({ suspendedUserIds: [] });
    expect(await server.backend.restoreUsers({ userIds: ['alice', 'bob'] })).toEqual({ restoredUserIds: ['alice'] });
    await login(alice.password);
    expect(await refusal(server.backend.suspendUsers({ userIds: ['bob', 'nobody'] }))).toBe('NOT_FOUND');
    await bob.caller.users.me();
  });

  test('S20: a session that begins at the same moment does not survive', async () => {
    await using world = await createWorld();
    const server = await world.backend();
    for (let round = 0; round < 10; round++) {
      const userId = `zoe-${round}`;
      await server.backend.upsertUsers({ users: [{ userId }] });
      const mint = () => server.backend.mintSession({ userId, platform: 'ios' }).catch(() => null);
      await Promise.all([mint(), mint(), server.backend.suspendUsers({ userIds: [userId] }), mint(), mint()]);
      expect((await server.backend.listSessions({ userId })).items).toEqual([]);
    }
  });
});

describe('sending by the customer’s server', () => {
  test('as a user is what that user would do: the same conversation, counted, and idempotent', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const server = await world.backend();
    const input = message({ senderId: 'Alice', toUserId: 'BOB' });
    const first = await server.backend.send(input);
    expect(first).toMatchObject({ deduplicated: false, message: { senderId: 'alice', seq: 1, content: hello } });
    expect(await server.backend.send(input)).toEqual({ ...first, deduplicated: true });
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    expect(first.message.conversationId).toBe(id);
    expect(await bob.caller.conversations.get({ conversationId: id })).toMatchObject({ me: { unread: 1 } });
    expect(await alice.caller.conversations.get({ conversationId: id })).toMatchObject({ me: { unread: 0 } });
    expect(await refusal(server.backend.send({ ...input, content: { type: 'text', text: 'other' } }))).toBe(
      'IDEMPOTENCY_MISMATCH',
    );
    expect(await rowsOf(world, id)).toHaveLength(1);
  });

  test('as a user has that user’s rights and no more', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob', 'carl');
    const server = await world.backend();
    const { id: group } = await alice.caller.groups.create({ name: 'Climbers', memberIds: ['bob'] });
    const asCarl = (conversationId: string) => server.backend.send(message({ senderId: 'carl', conversationId }));
    expect(await refusalOf(asCarl(group))).toEqual(await refusalOf(asCarl(newId())));
    expect(await refusal(server.backend.send(message({ senderId: 'nobody', toUserId: 'bob' })))).toBe('NOT_FOUND');
    expect(await refusal(server.backend.send(message({ senderId: 'bob', toUserId: 'nobody' })))).toBe('NOT_FOUND');
  });

  test('as the system reaches a group that it is no member of, and a user in a conversation of its own', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const server = await world.backend();
    const { id: group } = await alice.caller.groups.create({ name: 'Climbers', memberIds: ['bob'] });
    const said = await server.backend.send(message({ conversationId: group }));
    expect(said.message).toMatchObject({ senderId: systemUserId, seq: 2 });
    expect(await bob.caller.conversations.get({ conversationId: group })).toMatchObject({ me: { unread: 1 } });
    const { items: members } = await alice.caller.groups.members({ conversationId: group });
    expect(members.map((member) => member.userId)).toEqual(['alice', 'bob']);

    const told = await server.backend.send(message({ toUserId: 'bob' }));
    const { items } = await bob.caller.conversations.list({});
    const system = items.find((item) => item.kind === 'system');
    const shown = { id: told.message.conversationId, title: 'Nexo', me: { unread: 1 }, lastMessage: { content: hello } };
    expect(system).toMatchObject(shown);
    const again = await server.backend.send(message({ toUserId: 'bob' }));
    expect(again.message).toMatchObject({ conversationId: system?.id, seq: 2 });
    expect(await refusal(alice.caller.conversations.get({ conversationId: system?.id ?? '' }))).toBe('NOT_FOUND');
    expect(await refusal(server.backend.send(message({ conversationId: newId() })))).toBe('NOT_FOUND');
  });

  test('as the system is kept out by nobody’s block and by no setting; as a user by both', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const server = await world.backend();
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    await bob.caller.users.update({ messagesFrom: 'nobody' });
    expect(await refusal(server.backend.send(message({ senderId: 'alice', toUserId: 'bob' })))).toBe('NOT_REACHABLE');
    await alice.caller.contacts.block({ userId: 'bob' });
    expect(await refusal(server.backend.send(message({ senderId: 'alice', toUserId: 'bob' })))).toBe('BLOCKED_BY_YOU');
    for (const seq of [1, 2]) {
      expect(await server.backend.send(message({ conversationId: id }))).toMatchObject({
        message: { seq, senderId: systemUserId },
      });
    }
    const told = await server.backend.send(message({ toUserId: 'bob' }));
    const answer = message({ senderId: 'bob', conversationId: told.message.conversationId });
    expect(await refusal(server.backend.send(answer))).toBe('FORBIDDEN');
  });

  test('as the system speaks to all in a group, and is silenced by no muting, but by a dismissal; as a user by each', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const server = await world.backend();
    const { id: conversationId } = await alice.caller.groups.create({ name: 'Climbers', memberIds: ['bob'] });
    const content = { type: 'text' as const, text: '@all Maintenance at noon', mentionsAll: true as const };
    const asBob = () => refusal(server.backend.send(message({ senderId: 'bob', conversationId, content })));
    const asSystem = () => server.backend.send(message({ conversationId, content }));
    expect(await asBob()).toBe('FORBIDDEN');
    const { message: said } = await asSystem();
    expect((await bob.caller.conversations.get({ conversationId })).me.mentions).toEqual([said.seq]);
    await alice.caller.groups.muteAll({ conversationId, muted: true });
    expect(await asBob()).toBe('MUTED');
    const again = message({ conversationId, content });
    const { message: last } = await server.backend.send(again);
    await alice.caller.groups.dismiss({ conversationId });
    expect(await asBob()).toBe('GROUP_DISMISSED');
    expect(await refusalOf(asSystem())).toMatchObject({ code: 'GROUP_DISMISSED', reason: 'dismissed' });
    const { items } = await server.backend.sendBatch({ messages: [message({ conversationId, content }), again] });
    expect(items).toMatchObject([{ refusal: { code: 'GROUP_DISMISSED' } }, { message: { id: last.id }, deduplicated: true }]);
    const { head } = await bob.caller.conversations.get({ conversationId });
    expect(head.seq).toBe(last.seq + 1);
  });

  test('a batch keeps its order, opens what is not there yet, and is not held up by what is refused', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const server = await world.backend();
    const texts = Array.from({ length: 20 }, (_, n) =>
      message({ senderId: 'alice', toUserId: 'bob', content: { type: 'text', text: `number ${n}` } }),
    );
    const messages = [
      ...texts,
      message({ senderId: 'alice', toUserId: 'nobody' }),
      message({ senderId: 'alice', conversationId: newId() }),
      message({ senderId: 'alice', toUserId: 'bob', content: { type: 'text', text: 'x'.repeat(20_000) } }),
      message({ toUserId: 'bob' }),
    ];
    const { items } = await server.backend.sendBatch({ messages });
    const codes = items.map((item) => ('refusal' in item ? item.refusal.code : item.message.seq));
    expect(codes).toEqual([...texts.map((_, n) => n + 1), 'NOT_FOUND', 'NOT_FOUND', 'MESSAGE_TOO_LARGE', 1]);
    const again = await server.backend.sendBatch({ messages });
    expect(again.items.map((item) => ('refusal' in item ? item.refusal.code : item.deduplicated))).toEqual([
      ...texts.map(() => true),
      ...['NOT_FOUND', 'NOT_FOUND', 'MESSAGE_TOO_LARGE', true],
    ]);
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    expect(await bob.caller.conversations.get({ conversationId: id })).toMatchObject({ me: { unread: 20 } });
  });

  test('a message goes to one place, named by exactly one of its two names', async () => {
    await using world = await createWorld();
    const server = await world.backend();
    expect(await refusal(server.backend.send(message({})))).toBe('INVALID_INPUT');
    expect(await refusal(server.backend.send(message({ toUserId: 'bob', conversationId: newId() })))).toBe('INVALID_INPUT');
  });
});

describe('groups by the customer’s server', () => {
  test('are made for an owner, filled and emptied, and everybody in them sees it happen', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob', 'carl');
    const server = await world.backend();
    const clientGroupId = newId();
    const made = await server.backend.createGroup({ ownerId: 'ALICE', name: 'Climbers', memberIds: ['bob'], clientGroupId });
    expect(made).toMatchObject({ ownerId: 'alice', group: { name: 'Climbers', memberCount: 2 } });
    const retried = await server.backend.createGroup({ ownerId: 'alice', name: 'Climbers', memberIds: ['bob'], clientGroupId });
    expect(retried.conversationId).toBe(made.conversationId);
    const { conversationId } = made;
    await say(bob, conversationId, 'hello');
    const added = await server.backend.addMembers({ conversationId, userIds: ['carl', 'bob'] });
    expect(added).toEqual({ addedUserIds: ['carl'] });
    const removed = await server.backend.removeMembers({ conversationId, userIds: ['bob', 'nobody'] });
    expect(removed).toEqual({ removedUserIds: ['bob'] });
    const { items } = await server.backend.listMembers({ conversationId });
    expect(items.map(({ userId, role }) => [userId, role])).toEqual([
      ['alice', 'owner'],
      ['carl', 'member'],
    ]);
    expect(await server.backend.getGroup({ conversationId })).toMatchObject({ ownerId: 'alice', group: { memberCount: 2 } });
    expect(await refusal(bob.caller.messages.send({ conversationId, clientMessageId: newId(), content: hello }))).toBe(
      'FORBIDDEN',
    );
    expect(await alice.caller.conversations.get({ conversationId })).toMatchObject({ group: { memberCount: 2 } });
  });

  test('are managed in the name of the owner: profile and rules, roles, mutings, the next owner, and their end', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob', 'carl');
    const server = await world.backend();
    const { id: conversationId } = await alice.caller.groups.create({ name: 'Climbers', memberIds: ['bob', 'carl'] });
    const updated = await server.backend.updateGroup({ conversationId, name: 'Alpinists', joinMode: 'free' });
    expect(updated).toMatchObject({ ownerId: 'alice', group: { name: 'Alpinists', rules: { joinMode: 'free' } } });
    await server.backend.setRole({ conversationId, userId: 'CARL', role: 'admin' });
    await server.backend.muteMember({ conversationId, userId: 'Bob', forMs: 60_000 });
    expect(await refusal(bob.caller.messages.send({ conversationId, clientMessageId: newId(), content: hello }))).toBe('MUTED');
    expect(await server.backend.muteMember({ conversationId, userId: 'bob', forMs: null })).toEqual({ mutedUntil: null });
    await say(bob, conversationId, 'again');
    await server.backend.muteAll({ conversationId, muted: true });
    expect(await refusal(bob.caller.messages.send({ conversationId, clientMessageId: newId(), content: hello }))).toBe('MUTED');
    await server.backend.muteAll({ conversationId, muted: false });
    await say(bob, conversationId, 'and again');
    expect(await refusal(server.backend.removeMembers({ conversationId, userIds: ['alice'] }))).toBe('FORBIDDEN');
    await server.backend.transferGroup({ conversationId, userId: 'bob' });
    const { items } = await server.backend.listMembers({ conversationId });
    expect(items.map(({ userId, role }) => [userId, role])).toEqual([
      ['alice', 'admin'],
      ['bob', 'owner'],
      ['carl', 'admin'],
    ]);
    expect(await server.backend.removeMembers({ conversationId, userIds: ['alice'] })).toEqual({ removedUserIds: ['alice'] });
    await server.backend.dismissGroup({ conversationId });
    expect(await refusal(server.backend.updateGroup({ conversationId, name: 'Gone' }))).toBe('GROUP_DISMISSED');
    expect(await refusal(bob.caller.messages.send({ conversationId, clientMessageId: newId(), content: hello }))).toBe(
      'GROUP_DISMISSED',
    );
    for (const userId of ['nobody', 'dora']) {
      expect(await refusal(server.backend.setRole({ conversationId, userId, role: 'admin' }))).toBe('NOT_FOUND');
    }
  });

  test('are counted for the key, not for the owner in whose name they are made', async () => {
    await using world = await createWorld({ rateLimitFactor: 0.01 });
    const server = await world.backend();
    await server.backend.upsertUsers({ users: [{ userId: 'alice' }] });
    for (const name of ['one', 'two', 'three']) await server.backend.createGroup({ ownerId: 'alice', name, memberIds: [] });
  });

  test('that do not exist, or are no groups, are NOT_FOUND', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    const server = await world.backend();
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    for (const conversationId of [id, newId()]) {
      expect(await refusal(server.backend.getGroup({ conversationId }))).toBe('NOT_FOUND');
      expect(await refusal(server.backend.addMembers({ conversationId, userIds: ['bob'] }))).toBe('NOT_FOUND');
      expect(await refusal(server.backend.removeMembers({ conversationId, userIds: ['bob'] }))).toBe('NOT_FOUND');
      expect(await refusal(server.backend.listMembers({ conversationId }))).toBe('NOT_FOUND');
    }
  });
});

test('the customer’s server sees the presence of those who hide it from people', async () => {
  await using world = await createWorld();
  const [alice, bob] = await people(world, 'alice', 'bob');
  await alice.caller.users.update({ presenceVisibleTo: 'nobody' });
  world.services.presence.hold('alice', [{ sessionId: alice.session.id, platform: 'web', foreground: true }]);
  const ask = { userIds: ['alice', 'nobody'] };
  expect(await bob.caller.presence.get(ask)).toMatchObject({ items: [{ status: 'offline' }, { status: 'offline' }] });
  const { items } = await (await world.backend()).backend.getPresence(ask);
  expect(items).toMatchObject([
    { userId: 'alice', status: 'online', platforms: ['web'] },
    { userId: 'nobody', status: 'offline' },
  ]);
});
