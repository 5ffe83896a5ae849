import { limits } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { createWorld, type WorldUser } from '../src/testing/index.ts';
import { become, contactsOf, cursorOf, diffOf, pendingOf, toldTo } from './contact-scene.ts';
import { people, refusal, refusalOf } from './scene.ts';

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
