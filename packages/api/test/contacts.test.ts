import { limits, newId } from '@nexo/shared';
import { describe, expect, onTestFinished, test } from 'vitest';
import { selectPeerStanding } from '../src/contacts/peer-standing.ts';
import { makeTypingReach } from '../src/messages/typing-reach.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { beforeStatement } from './before-statement.ts';
import { people, refusal, refusalOf, say, text } from './scene.ts';

async function become(one: WorldUser, other: WorldUser): Promise<void> {
  await one.caller.contacts.request({ userId: other.id });
  await other.caller.contacts.respond({ userId: one.id, accept: true });
}

const contactsOf = async (user: WorldUser) => (await user.caller.contacts.list({})).items.map(({ userId }) => userId);
const blocksOf = async (user: WorldUser) => (await user.caller.contacts.blocks({})).items.map(({ userId }) => userId);

async function pendingOf(user: WorldUser) {
  const incoming = (await user.caller.contacts.requests({ direction: 'incoming' })).items;
  const outgoing = (await user.caller.contacts.requests({ direction: 'outgoing' })).items;
  return { incoming: incoming.map(({ fromUserId }) => fromUserId), outgoing: outgoing.map(({ toUserId }) => toUserId) };
}

const direct = async (one: WorldUser, other: WorldUser) => (await one.caller.conversations.openDirect({ userId: other.id })).id;

/** Types of the private events that this user was told, in order. */
const toldTo = (world: World, user: WorldUser) =>
  world.heard.flatMap((message) =>
    message.kind === 'user' && message.userId === user.id ? message.events.map((event) => event.type) : [],
  );

/** What a sync of this user says about contacts. */
async function diffOf(user: WorldUser, userChange: number) {
  const { epoch } = await user.caller.sync.snapshot({});
  const result = await user.caller.sync.resume({ epoch, userChange, conversations: [] });
  if (result.kind !== 'resumed') throw new Error(result.kind);
  return result.contacts;
}

const cursorOf = async (user: WorldUser) => (await user.caller.sync.snapshot({})).userChange;

describe('contacts.request', () => {
  test('K1 a request is told to both; accepted, each has the other, and it is told with one number each', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    world.heard.length = 0;
    const asked = await alice.caller.contacts.request({ userId: 'BOB', message: '  From the course  ' });
    const now = world.clock.now();
    const request = {
      ...{ fromUserId: 'alice', toUserId: 'bob', message: 'From the course', state: 'pending' as const },
      ...{ sentAt: now, expiresAt: now + limits.contactRequestMs },
    };
    expect(asked).toEqual({ kind: 'requested', request });
    expect(await pendingOf(bob)).toEqual({ incoming: ['alice'], outgoing: [] });
    expect(await pendingOf(alice)).toEqual({ incoming: [], outgoing: ['bob'] });
    expect((await bob.caller.sync.snapshot({})).contacts?.requests).toEqual([request]);
    const { contact } = await bob.caller.contacts.respond({ userId: 'alice', accept: true });
    expect(contact).toEqual({ userId: 'alice', addedAt: now });
    expect(await contactsOf(alice)).toEqual(['bob']);
    expect(await contactsOf(bob)).toEqual(['alice']);
    expect(await pendingOf(alice)).toEqual({ incoming: [], outgoing: [] });
    expect(toldTo(world, alice)).toEqual(['me.contactRequest', 'me.contact']);
    expect(toldTo(world, bob)).toEqual(['me.contactRequest', 'me.contact']);
  });

  test('K2 asking again, answering again and asking a contact change nothing', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const first = await alice.caller.contacts.request({ userId: 'bob', message: 'hi' });
    const before = world.heard.length;
    expect(await alice.caller.contacts.request({ userId: 'bob', message: 'hi' })).toEqual(first);
    expect(world.heard.length).toBe(before);
    await bob.caller.contacts.respond({ userId: 'alice', accept: true });
    const after = world.heard.length;
    expect((await bob.caller.contacts.respond({ userId: 'alice', accept: true })).contact?.userId).toBe('alice');
    expect((await alice.caller.contacts.request({ userId: 'bob' })).kind).toBe('accepted');
    await bob.caller.contacts.respond({ userId: 'alice', accept: false });
    expect(world.heard.length).toBe(after);
    expect(await contactsOf(alice)).toEqual(['bob']);
  });

  test('K3 two who ask each other, also at the same moment, are contacts', async () => {
    await using world = await createWorld();
    const all = await people(world, 'alice', 'bob', 'carol', 'dave', 'erin', 'fred');
    for (let n = 0; n < all.length; n += 2) {
      const [one, other] = all.slice(n, n + 2) as [WorldUser, WorldUser];
      await Promise.all([one.caller.contacts.request({ userId: other.id }), other.caller.contacts.request({ userId: one.id })]);
      expect(await contactsOf(one)).toEqual([other.id]);
      expect(await contactsOf(other)).toEqual([one.id]);
      expect(await pendingOf(one)).toEqual({ incoming: [], outgoing: [] });
    }
  });

  test('K4 who is refused learns it, and may ask again after a day; who cancels may ask at once', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    await alice.caller.contacts.request({ userId: 'bob' });
    await alice.caller.contacts.cancelRequest({ userId: 'bob' });
    expect(await pendingOf(bob)).toEqual({ incoming: [], outgoing: [] });
    expect(await refusal(bob.caller.contacts.respond({ userId: 'alice', accept: true }))).toBe('NOT_FOUND');
    await alice.caller.contacts.request({ userId: 'bob' });
    await bob.caller.contacts.respond({ userId: 'alice', accept: false });
    const told = world.heard.at(-2);
    expect(told).toMatchObject({ userId: 'alice', events: [{ type: 'me.contactRequest', request: { state: 'refused' } }] });
    expect(await refusalOf(alice.caller.contacts.request({ userId: 'bob' }))).toMatchObject({
      ...{ code: 'RATE_LIMITED', retryAfterMs: limits.contactRequestAgainMs },
    });
    world.clock.turn(limits.contactRequestAgainMs);
    expect((await alice.caller.contacts.request({ userId: 'bob' })).kind).toBe('requested');
  });

  test('K5 a request that nobody answers expires: it is nowhere any more and cannot be accepted', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    await alice.caller.contacts.request({ userId: 'bob' });
    world.clock.turn(limits.contactRequestMs);
    expect(await pendingOf(bob)).toEqual({ incoming: [], outgoing: [] });
    expect((await bob.caller.sync.snapshot({})).contacts?.requests).toEqual([]);
    expect(await refusal(bob.caller.contacts.respond({ userId: 'alice', accept: true }))).toBe('NOT_FOUND');
    expect((await alice.caller.contacts.request({ userId: 'bob' })).kind).toBe('requested');
  });

  test('K4 K14 A18 asking again is answered alike after a refusal and after a block', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    for (const userId of ['bob', 'carol']) await alice.caller.contacts.request({ userId });
    await bob.caller.contacts.respond({ userId: 'alice', accept: false });
    await carol.caller.contacts.block({ userId: 'alice' });
    const ask = (userId: string) => refusalOf(alice.caller.contacts.request({ userId }));
    expect(await ask('bob')).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: limits.contactRequestAgainMs });
    expect(await ask('carol')).toEqual(await ask('bob'));
    await bob.caller.users.update({ contactRequestsFrom: 'nobody' });
    expect(await ask('carol')).toEqual(await ask('bob'));
    world.clock.turn(limits.contactRequestAgainMs);
    expect(await ask('carol')).toEqual(await ask('bob'));
    expect((await ask('bob')).code).toBe('NOT_REACHABLE');
  });

  test('K6 nobody is their own contact, and who does not exist is not found', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    expect(await refusal(alice.caller.contacts.request({ userId: 'Alice' }))).toBe('INVALID_INPUT');
    expect(await refusal(alice.caller.contacts.block({ userId: 'alice' }))).toBe('INVALID_INPUT');
    expect(await refusal(alice.caller.contacts.request({ userId: 'nobody' }))).toBe('NOT_FOUND');
  });

  test('K7 who may ask is a setting: everyone, who has a contact in common, nobody; who was asked may always answer', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    await bob.caller.users.update({ contactRequestsFrom: 'contacts' });
    expect(await refusal(alice.caller.contacts.request({ userId: 'bob' }))).toBe('NOT_REACHABLE');
    await become(carol, alice);
    await become(bob, carol);
    expect((await alice.caller.contacts.request({ userId: 'bob' })).kind).toBe('requested');
    await alice.caller.contacts.cancelRequest({ userId: 'bob' });
    await bob.caller.users.update({ contactRequestsFrom: 'nobody' });
    expect(await refusal(alice.caller.contacts.request({ userId: 'bob' }))).toBe('NOT_REACHABLE');
    await bob.caller.contacts.request({ userId: 'alice' });
    expect((await alice.caller.contacts.request({ userId: 'bob' })).kind).toBe('accepted');
  });

  test('K7 C30 members of a group that forbids it do not ask each other, whatever their settings; its admins may, and all who share more', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const { id } = await alice.caller.groups.create({ name: 'Shy', memberIds: ['bob', 'carol'], contactsBy: 'admins' });
    const refused = await refusalOf(bob.caller.contacts.request({ userId: 'carol' }));
    expect(refused).toMatchObject({ code: 'NOT_REACHABLE' });
    expect(await pendingOf(carol)).toEqual({ incoming: [], outgoing: [] });
    expect(await alice.caller.contacts.request({ userId: 'bob' })).toMatchObject({ kind: 'requested' });
    // Who is asked may answer, by asking too.
    expect(await bob.caller.contacts.request({ userId: 'alice' })).toMatchObject({ kind: 'accepted' });
    await alice.caller.groups.update({ conversationId: id, contactsBy: 'everyone' });
    expect(await bob.caller.contacts.request({ userId: 'carol' })).toMatchObject({ kind: 'requested' });
  });

  test('K8 so many may wait for an answer, on either side', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { sql } = world.services.db;
    await sql`
      insert into contact_requests (from_id, to_id, sent_at, expires_at, from_change, to_change)
      select 'alice', 'user' || n, now(), to_timestamp(${world.clock.now() + 60_000}::float8 / 1000), 1, 1
      from generate_series(1, ${limits.contactRequestsMaxOutgoing}::int) as n`;
    expect(await refusal(alice.caller.contacts.request({ userId: 'bob' }))).toBe('LIST_FULL');
    await sql`update contact_requests set from_id = to_id, to_id = 'bob'`;
    await sql`
      insert into contact_requests (from_id, to_id, sent_at, expires_at, from_change, to_change)
      select 'more' || n, 'bob', now(), to_timestamp(${world.clock.now() + 60_000}::float8 / 1000), 1, 1
      from generate_series(1, ${limits.contactRequestsMaxIncoming - limits.contactRequestsMaxOutgoing}::int) as n`;
    expect(await refusal(alice.caller.contacts.request({ userId: 'bob' }))).toBe('LIST_FULL');
    world.clock.turn(60_000);
    expect((await alice.caller.contacts.request({ userId: 'bob' })).kind).toBe('requested');
    await sql`
      insert into contacts (owner_id, contact_id, added_at, user_change)
      select 'alice', 'user' || n, now(), 1 from generate_series(1, ${limits.contactsMaxPerUser}::int) as n`;
    expect(await refusal(bob.caller.contacts.respond({ userId: 'alice', accept: true }))).toBe('LIST_FULL');
  });
});

describe('contacts.remove and update', () => {
  test('K9 removing ends the contact on both sides, and both are told', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    await become(alice, bob);
    world.heard.length = 0;
    await alice.caller.contacts.remove({ userId: 'bob' });
    await alice.caller.contacts.remove({ userId: 'bob' });
    expect(await contactsOf(alice)).toEqual([]);
    expect(await contactsOf(bob)).toEqual([]);
    expect(toldTo(world, alice)).toEqual(['me.contact']);
    expect(toldTo(world, bob)).toEqual(['me.contact']);
  });

  test('K10 remark and pin are the own business, and begin anew with a new contact', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    expect(await refusal(alice.caller.contacts.update({ userId: 'bob', pinned: true }))).toBe('NOT_FOUND');
    await become(alice, bob);
    const seen = world.heard.length;
    const contact = await alice.caller.contacts.update({ userId: 'bob', remark: ' Bobby ', pinned: true });
    const now = world.clock.now();
    expect(contact).toEqual({ userId: 'bob', remark: 'Bobby', pinnedAt: now, addedAt: now });
    expect(world.heard.slice(seen).map((message) => message.kind === 'user' && message.userId)).toEqual(['alice']);
    expect(await alice.caller.contacts.update({ userId: 'bob', remark: null })).toEqual({
      userId: 'bob',
      pinnedAt: now,
      addedAt: now,
    });
    expect((await bob.caller.contacts.list({})).items).toEqual([{ userId: 'alice', addedAt: now }]);
    await bob.caller.contacts.remove({ userId: 'alice' });
    await become(alice, bob);
    expect((await alice.caller.contacts.list({})).items).toEqual([{ userId: 'bob', addedAt: now }]);
  });

  test('K11 lists come by pages, each person once', async () => {
    await using world = await createWorld();
    const [alice, ...others] = await people(world, 'alice', 'bob', 'carol', 'dave', 'erin');
    for (const other of others) await become(alice, other);
    const first = await alice.caller.contacts.list({ limit: 3 });
    expect(first.items.map(({ userId }) => userId)).toEqual(['bob', 'carol', 'dave']);
    const second = await alice.caller.contacts.list({ limit: 3, cursor: first.nextCursor ?? '' });
    expect(second).toMatchObject({ items: [{ userId: 'erin' }], nextCursor: null });
  });
});

describe('A18 contacts.block', () => {
  test('S5 who has blocked somebody looks to them like who has nothing to do with them, whatever is asked', async () => {
    await using world = await createWorld();
    const [bob, mia, tom] = await people(world, 'bob', 'mia', 'tom');
    await mia.caller.contacts.block({ userId: 'bob' });
    for (const one of [mia, tom]) await one.caller.users.update({ presenceVisibleTo: 'nobody', messagesFrom: 'nobody' });
    const answersAbout = async (userId: string) => {
      const opened = await bob.caller.conversations.openDirect({ userId });
      const answers = [
        await bob.caller.users.get({ userIds: [userId] }),
        await bob.caller.users.search({ query: userId }),
        await bob.caller.presence.get({ userIds: [userId] }),
        await bob.caller.presence.subscribe({ userIds: [userId] }),
        opened,
        await refusalOf(bob.caller.messages.send(text(opened.id))),
        await bob.caller.messages.list({ conversationId: opened.id }),
        await bob.caller.contacts.list({ limit: 100 }),
      ];
      const moving = new Set(['userChange', 'change', 'createdAt', 'joinedAt']);
      return JSON.stringify(answers, (key, value) => (moving.has(key) ? 0 : value))
        .replaceAll(opened.id, 'the conversation')
        .replaceAll(new RegExp(userId, 'gi'), 'them');
    };
    expect(await answersAbout('mia')).toBe(await answersAbout('tom'));
  });

  test('K12 nothing can be sent either way; the one who is blocked cannot tell it from a setting', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await direct(alice, bob);
    const [sent] = await say(bob, id, 'before');
    await alice.caller.contacts.block({ userId: 'bob' });
    await carol.caller.users.update({ messagesFrom: 'nobody', contactRequestsFrom: 'nobody' });
    const blocked = await refusalOf(bob.caller.messages.send(text(id)));
    expect(blocked).toMatchObject({ code: 'NOT_REACHABLE' });
    expect(await refusalOf(bob.caller.messages.send(text(await direct(bob, carol))))).toEqual(blocked);
    expect(await refusal(alice.caller.messages.send(text(id)))).toBe('BLOCKED_BY_YOU');
    const asked = await refusalOf(bob.caller.contacts.request({ userId: 'alice' }));
    expect(await refusalOf(bob.caller.contacts.request({ userId: 'carol' }))).toEqual(asked);
    expect(await refusal(alice.caller.contacts.request({ userId: 'bob' }))).toBe('BLOCKED_BY_YOU');
    // What was sent before is answered as ever, and nothing else about the conversation is different.
    const again = { ...text(id, 'before'), clientMessageId: sent?.message.clientMessageId ?? '' };
    expect(await bob.caller.messages.send(again)).toMatchObject({ deduplicated: true });
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect((await say(bob, id, 'after'))[0]?.message.seq).toBe(2);
  });

  test('K12 where only contacts may write, who is blocked is refused as who is no contact, and a contact as where nobody may', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const ids = { bob: await direct(bob, alice), carol: await direct(carol, alice), dave: await direct(dave, alice) };
    await become(alice, dave);
    await alice.caller.users.update({ messagesFrom: 'contacts' });
    for (const userId of ['bob', 'dave']) await alice.caller.contacts.block({ userId });
    const stranger = await refusalOf(carol.caller.messages.send(text(ids.carol)));
    expect(stranger).toMatchObject({ code: 'CONTACTS_ONLY' });
    expect(await refusalOf(bob.caller.messages.send(text(ids.bob)))).toEqual(stranger);
    // They have her in their list of contacts still.
    const contact = await refusalOf(dave.caller.messages.send(text(ids.dave)));
    for (const userId of ['bob', 'dave']) await alice.caller.contacts.unblock({ userId });
    await alice.caller.users.update({ messagesFrom: 'nobody' });
    expect(await refusalOf(dave.caller.messages.send(text(ids.dave)))).toEqual(contact);
    expect(contact).toMatchObject({ code: 'NOT_REACHABLE' });
  });

  test('K12 nothing is changed or shown there either, and what is one’s own can be taken back', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const conversationId = await direct(alice, bob);
    const elsewhere = await direct(bob, carol);
    await say(bob, conversationId, 'one', 'two');
    await say(alice, conversationId, 'three', 'four');
    const reacted = { conversationId, emoji: '👍' };
    await bob.caller.messages.react({ ...reacted, seq: 3, on: true });
    await alice.caller.contacts.block({ userId: 'bob' });
    const content = { type: 'text' as const, text: 'another' };
    const touching = ({ caller: { messages } }: WorldUser, own: number, other: number) => [
      () => messages.edit({ conversationId, seq: own, content }),
      () => messages.react({ ...reacted, seq: other, on: true }),
      () => messages.pin({ conversationId, seq: own, pinned: true }),
      () => messages.setDisappearing({ conversationId, afterSentMs: 3_600_000 }),
    ];
    const change = async () => (await alice.caller.conversations.get({ conversationId })).head.change;
    const before = await change();
    for (const touch of touching(bob, 1, 4)) expect(await refusal(touch())).toBe('NOT_REACHABLE');
    for (const touch of touching(alice, 3, 2)) expect(await refusal(touch())).toBe('BLOCKED_BY_YOU');
    const forward = { fromConversationId: elsewhere, toConversationIds: [conversationId], clientForwardId: newId() };
    await say(carol, elsewhere, 'look');
    const { results } = await bob.caller.messages.forward({ ...forward, seqs: [1] });
    expect(results).toEqual([{ conversationId, messages: [], refusal: 'NOT_REACHABLE' }]);
    expect(await change()).toBe(before);
    await bob.caller.messages.react({ ...reacted, seq: 3, on: false });
    await bob.caller.messages.revoke({ conversationId, seq: 1 });
    await alice.caller.messages.revoke({ conversationId, seq: 3 });
    expect(await change()).toBe(before + 3);
  });

  test('K13 in groups both go on', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.groups.create({ name: 'Two', memberIds: ['bob'] });
    await alice.caller.contacts.block({ userId: 'bob' });
    await say(bob, id, 'hello');
    await say(alice, id, 'hello');
  });

  test('K13 but neither puts the other into a group, by making it or by inviting', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const { id } = await bob.caller.groups.create({ name: 'Mine', memberIds: ['carol'] });
    await alice.caller.contacts.block({ userId: 'bob' });
    const userIds = ['alice'];
    expect(await refusal(bob.caller.groups.create({ name: 'Both', memberIds: ['carol', 'alice'] }))).toBe('NOT_REACHABLE');
    expect(await refusal(bob.caller.groups.invite({ conversationId: id, userIds }))).toBe('NOT_REACHABLE');
    expect(await refusal(alice.caller.groups.create({ name: 'Both', memberIds: ['bob'] }))).toBe('BLOCKED_BY_YOU');
    const added = (addedUserIds: string[]) => ({ addedUserIds, requestedUserIds: [] });
    expect(await carol.caller.groups.invite({ conversationId: id, userIds })).toEqual(added(['alice']));
    expect(await refusal(bob.caller.groups.invite({ conversationId: id, userIds }))).toBe('NOT_REACHABLE');
  });

  test('K13 trying to invite does not tell whether they are in it', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const group = await carol.caller.groups.create({ name: 'Hidden', memberIds: ['alice', 'bob'], membersVisibleTo: 'admins' });
    const invite = (userId: string) => refusalOf(bob.caller.groups.invite({ conversationId: group.id, userIds: [userId] }));
    for (const userId of ['alice', 'dave']) await bob.caller.contacts.block({ userId });
    expect((await invite('alice')).code).toBe('BLOCKED_BY_YOU');
    expect(await invite('alice')).toEqual(await invite('dave'));
    for (const userId of ['alice', 'dave']) await bob.caller.contacts.unblock({ userId });
    for (const { caller } of [alice, dave]) await caller.contacts.block({ userId: 'bob' });
    expect((await invite('alice')).code).toBe('NOT_REACHABLE');
    expect(await invite('alice')).toEqual(await invite('dave'));
  });

  test('K14 it is told to the own sessions alone; a request of theirs looks refused, one of mine taken back', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    await become(alice, carol);
    await bob.caller.contacts.request({ userId: 'alice' });
    world.heard.length = 0;
    await alice.caller.contacts.block({ userId: 'bob' });
    await alice.caller.contacts.block({ userId: 'bob' });
    await alice.caller.contacts.block({ userId: 'carol' });
    expect(toldTo(world, alice)).toEqual(['me.contactRequest', 'me.block', 'me.block']);
    expect(toldTo(world, bob)).toEqual(['me.contactRequest']);
    expect(toldTo(world, carol)).toEqual([]);
    expect(await blocksOf(alice)).toEqual(['bob', 'carol']);
    expect(await contactsOf(alice)).toEqual(['carol']);
    expect(await contactsOf(carol)).toEqual(['alice']);
    for (const other of [bob, carol]) expect(JSON.stringify(await other.caller.sync.snapshot({}))).not.toContain('block":');
    await alice.caller.contacts.unblock({ userId: 'bob' });
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect(await blocksOf(alice)).toEqual(['carol']);
    expect(toldTo(world, alice)).toEqual(['me.contactRequest', 'me.block', 'me.block', 'me.block']);
  });

  test('K15 neither sees the presence of the other', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    for (const { id, session } of [alice, bob]) {
      world.services.presence.hold(id, [{ sessionId: session.id, platform: 'web', foreground: true }]);
    }
    const status = async (viewer: WorldUser, userId: string) =>
      (await viewer.caller.presence.get({ userIds: [userId] })).items[0]?.status;
    await alice.caller.contacts.block({ userId: 'bob' });
    expect([await status(alice, 'bob'), await status(bob, 'alice')]).toEqual(['offline', 'offline']);
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect([await status(alice, 'bob'), await status(bob, 'alice')]).toEqual(['online', 'online']);
  });

  test('K16 neither hears the other type, from the moment of the block on', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const conversationId = await direct(alice, bob);
    const typed = async (user: WorldUser) => {
      world.heard.length = 0;
      await user.caller.messages.typing({ conversationId, typing: true });
      return world.heard.filter(({ kind }) => kind === 'signal').length;
    };
    await expect.poll(() => typed(alice)).toBe(1);
    await expect.poll(() => typed(bob)).toBe(1);
    await alice.caller.contacts.block({ userId: 'bob' });
    expect([await typed(alice), await typed(bob)]).toEqual([0, 0]);
    await alice.caller.contacts.unblock({ userId: 'bob' });
    await expect.poll(() => typed(bob)).toBe(1);
    await alice.caller.users.update({ messagesFrom: 'contacts' });
    expect([await typed(alice), await typed(bob)]).toEqual([1, 0]);
  });

  test('K16 who is told that one types is not remembered as it was before a block that came while it was asked', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const conversationId = await direct(alice, bob);
    const { db, clock, bus } = world.services;
    let asked = 0;
    const sql = beforeStatement(db.sql, /from groups/, () => {
      // Another node's block is told while what was read does not know of it yet.
      if (++asked > 1) return;
      const block = { userId: 'alice', blockedAt: clock.now() };
      bus.publish([
        { kind: 'user', userId: 'bob', change: 9, events: [{ type: 'me.block', userChange: 9, userId: 'alice', block }] },
      ]);
    });
    const reach = makeTypingReach({ sql }, clock, bus);
    onTestFinished(() => reach.close());
    expect(await reach.isTold(conversationId, 'alice')).toBe(true);
    expect(await reach.isTold(conversationId, 'alice')).toBe(true);
    expect(await reach.isTold(conversationId, 'alice')).toBe(true);
    expect(asked).toBe(2);
  });

  test('K17 how far each has read stays for the other what it was, and comes when the last block ends', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await direct(alice, bob);
    await say(alice, id, 'one', 'two', 'three');
    await bob.caller.conversations.markRead({ conversationId: id, seq: 1 });
    const peerReadSeq = async (user: WorldUser) => (await user.caller.conversations.get({ conversationId: id })).peerReadSeq;
    const reads = () => world.heard.flatMap((message) => (message.kind === 'read' ? [message.event] : []));
    await alice.caller.contacts.block({ userId: 'bob' });
    await bob.caller.contacts.block({ userId: 'alice' });
    world.heard.length = 0;
    expect(await bob.caller.conversations.markRead({ conversationId: id, seq: 3 })).toEqual({ readSeq: 3, unread: 0 });
    expect(await peerReadSeq(alice)).toBe(1);
    const repair = await alice.caller.sync.changes({ conversationId: id, since: 1 });
    expect(repair).toMatchObject({ kind: 'changes', peerReadSeq: 1 });
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect(await peerReadSeq(alice)).toBe(1);
    expect(reads()).toEqual([]);
    await bob.caller.contacts.unblock({ userId: 'alice' });
    expect(await peerReadSeq(alice)).toBe(3);
    expect(reads()).toEqual([{ type: 'conversation.read', conversationId: id, userId: 'bob', readSeq: 3 }]);
  });

  test('K17 C22 C23 receipts of a message and of members are those that were shown, and who hides theirs shows nothing afterwards', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await direct(alice, bob);
    await say(alice, id, 'one', 'two');
    await bob.caller.conversations.markRead({ conversationId: id, seq: 1 });
    await alice.caller.contacts.block({ userId: 'bob' });
    await bob.caller.conversations.markRead({ conversationId: id, seq: 2 });
    const seen = async () => {
      const { readBy } = await alice.caller.messages.receipts({ conversationId: id, seq: 2 });
      const { items } = await alice.caller.groups.members({ conversationId: id });
      return [readBy, items.find(({ userId }) => userId === 'bob')?.readSeq];
    };
    expect(await seen()).toEqual([[], 1]);
    await bob.caller.users.update({ readReceipts: false });
    world.heard.length = 0;
    await alice.caller.contacts.unblock({ userId: 'bob' });
    expect(world.heard.filter(({ kind }) => kind === 'read')).toEqual([]);
    await bob.caller.users.update({ readReceipts: true });
    expect(await seen()).toEqual([['bob'], 2]);
  });

  test('K18 no message is committed after a block, whatever was on its way', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await direct(alice, bob);
    const sends: Promise<'sent' | 'refused'>[] = [];
    let seqAtBlock: number | undefined;
    const block = (async () => {
      await Promise.all(sends.slice(0, 5));
      await alice.caller.contacts.block({ userId: 'bob' });
      const [head] = await world.services.db.sql<{ seq: number }[]>`select seq from heads where conversation_id = ${id}`;
      seqAtBlock = head?.seq;
    })();
    for (let n = 0; n < 60; n++) {
      sends.push(
        bob.caller.messages.send(text(id, `${n}`)).then(
          () => 'sent' as const,
          () => 'refused' as const,
        ),
      );
      if (n % 5 === 0) await sends.at(-1);
    }
    await block;
    await Promise.all(sends);
    const [head] = await world.services.db.sql<{ seq: number }[]>`select seq from heads where conversation_id = ${id}`;
    expect(head?.seq).toBe(seqAtBlock);
  });
});

describe('who may write', () => {
  test('K19 is a setting: everyone, contacts, nobody; it is about direct conversations', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    await become(alice, bob);
    const fromBob = await direct(bob, alice);
    const fromCarol = await direct(carol, alice);
    await alice.caller.users.update({ messagesFrom: 'contacts' });
    await say(bob, fromBob, 'hello');
    expect(await refusalOf(carol.caller.messages.send(text(fromCarol)))).toMatchObject({
      code: 'CONTACTS_ONLY',
      retryable: false,
      message: expect.stringContaining('contact request'),
    });
    await become(carol, alice);
    await say(carol, fromCarol, 'as she said');
    await alice.caller.users.update({ messagesFrom: 'nobody' });
    expect(await refusal(bob.caller.messages.send(text(fromBob)))).toBe('NOT_REACHABLE');
    await say(alice, fromBob, 'I may');
    const { id } = await carol.caller.groups.create({ name: 'All', memberIds: ['alice'] });
    await say(carol, id, 'in the group');
    const self = await alice.caller.conversations.openDirect({ userId: 'alice' });
    await say(alice, self.id, 'note');
  });

  test('K20 new accounts begin with what the server says', async () => {
    const newAccounts = { messagesFrom: 'contacts', contactRequestsFrom: 'nobody' } as const;
    await using world = await createWorld({ settings: { newAccounts } });
    const [alice] = await people(world, 'alice');
    expect(await alice.caller.users.me()).toMatchObject(newAccounts);
    await alice.caller.users.update({ messagesFrom: 'everyone' });
    expect(await alice.caller.users.me()).toMatchObject({ ...newAccounts, messagesFrom: 'everyone' });
  });

  test('K21 for a send in a group no member but the sender is looked at, however many there are', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    const { sql } = world.services.db;
    const group = await alice.caller.groups.create({ name: 'Two', memberIds: ['bob'] });
    const look = async (id: string) => {
      const plan = await sql`
        explain (analyze, timing off, costs off, buffers off, summary off)
        ${selectPeerStanding(sql, sql`${id}::uuid`, sql`${'alice'}::text`)}`;
      const lines = plan.map((row) => String(Object.values(row)[0]));
      const scan = lines.findIndex((line) => line.includes('members o'));
      return lines
        .slice(scan)
        .find((line) => line.includes('Index Searches'))
        ?.trim();
    };
    expect(await look(await direct(alice, await world.user('carol')))).toBe('Index Searches: 1');
    expect(await look(group.id)).toBe('Index Searches: 0');
  });
});

describe('sync of contacts', () => {
  test('Y13 a resume has what changed since, and what ended meanwhile, however often', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave, erin] = await people(world, 'alice', 'bob', 'carol', 'dave', 'erin');
    await become(alice, bob);
    await become(alice, carol);
    await alice.caller.contacts.block({ userId: 'dave' });
    await erin.caller.contacts.request({ userId: 'alice' });
    const cursor = await cursorOf(alice);
    expect(await diffOf(alice, cursor)).toBeUndefined();
    await carol.caller.contacts.remove({ userId: 'alice' });
    await alice.caller.contacts.update({ userId: 'bob', remark: 'B' });
    await alice.caller.contacts.unblock({ userId: 'dave' });
    await erin.caller.contacts.cancelRequest({ userId: 'alice' });
    await dave.caller.contacts.request({ userId: 'alice' });
    const diff = await diffOf(alice, cursor);
    expect(diff).toMatchObject({
      contacts: [{ userId: 'bob', remark: 'B' }],
      removedContactIds: ['carol'],
      requests: [
        { fromUserId: 'dave', state: 'pending' },
        { fromUserId: 'erin', state: 'cancelled' },
      ],
      blocks: [],
      unblockedIds: ['dave'],
    });
    const { contacts } = await alice.caller.sync.snapshot({});
    expect(contacts).toMatchObject({
      ...{ contacts: [{ userId: 'bob' }], removedContactIds: [], blocks: [], unblockedIds: [] },
      requests: [{ fromUserId: 'dave' }],
    });
  });
});

describe('who may add one to a group', () => {
  test('K22 A18 everyone, contacts or nobody; who is kept out by it cannot tell it from a block', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    await become(alice, carol);
    const group = await alice.caller.groups.create({ name: 'Climbers', memberIds: [] });
    const invite = (userId: string) => alice.caller.groups.invite({ conversationId: group.id, userIds: [userId] });
    const create = (userId: string) => alice.caller.groups.create({ name: 'Another', memberIds: [userId] });
    await bob.caller.users.update({ groupInvitesFrom: 'contacts' });
    await carol.caller.users.update({ groupInvitesFrom: 'contacts' });
    const bySetting = [await refusalOf(invite('bob')), await refusalOf(create('bob'))];
    expect(bySetting).toMatchObject([{ code: 'NOT_REACHABLE' }, { code: 'NOT_REACHABLE' }]);
    await create('carol');
    expect((await invite('carol')).addedUserIds).toEqual(['carol']);
    await alice.caller.groups.update({ conversationId: group.id, joinMode: 'free' });
    await bob.caller.groups.join({ conversationId: group.id });
    expect(await refusalOf(invite('bob'))).toEqual(bySetting[0]);
    await carol.caller.users.update({ groupInvitesFrom: 'nobody' });
    expect(await refusalOf(create('carol'))).toEqual(bySetting[1]);
    await bob.caller.users.update({ groupInvitesFrom: 'everyone' });
    await create('bob');
    await bob.caller.contacts.block({ userId: 'alice' });
    expect([await refusalOf(invite('bob')), await refusalOf(create('bob'))]).toEqual(bySetting);
    expect(await carol.caller.users.me()).toMatchObject({ groupInvitesFrom: 'nobody' });
  });
});
