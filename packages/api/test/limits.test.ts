import { newId } from '@nexo/shared';
import { expect, test } from 'vitest';
import { makeRateLimits, type RateLimits, rateLimitTable } from '../src/rate-limits.ts';
import { createWorld, TurnableClock, type World } from '../src/testing/index.ts';
import { groupOf, people, refusal, refusalOf, rowsOf, say, text } from './scene.ts';

/** A hundredth of everything. */
const factor = 0.01;
const pointsOf = (name: keyof typeof rateLimitTable) => rateLimitTable[name].points * factor;
const limited = { code: 'RATE_LIMITED', retryable: true, retryAfterMs: expect.any(Number) };

/** A world whose limits are none until they are tightened: so people can come into it. */
async function limitedWorld(): Promise<{
  world: World;
  limitsClock: TurnableClock;
  /** Those that all nodes share, too, or only those that each counts by itself. */
  tighten(which?: 'all' | 'here'): void;
}> {
  const limitsClock = new TurnableClock();
  let current = makeRateLimits({ factor: 1_000_000, clock: limitsClock });
  const loose = current;
  const rateLimits: RateLimits = {
    take: (...args) => current.take(...args),
    takeHere: (...args) => current.takeHere(...args),
    giveBackHere: (...args) => current.giveBackHere(...args),
    reset: (...args) => current.reset(...args),
  };
  const world = await createWorld({ services: { rateLimits } });
  const tighten = (which: 'all' | 'here' = 'all') => {
    const tight = makeRateLimits({ factor, clock: limitsClock });
    current = which === 'all' ? tight : { ...loose, takeHere: tight.takeHere };
  };
  return { world, limitsClock, tighten };
}

test('W6: who sends too fast is refused with the time to wait, nobody else is, and nothing of it was written', async () => {
  const { world, limitsClock, tighten } = await limitedWorld();
  await using _ = world;
  const [alice, bob] = await people(world, 'alice', 'bob');
  const group = await groupOf(alice, bob);
  tighten();
  const sends = pointsOf('sendPerUser');
  await say(alice, group, ...Array.from({ length: sends }, (_, n) => `number ${n}`));
  expect(await refusalOf(alice.caller.messages.send(text(group)))).toMatchObject(limited);
  await say(bob, group, 'not me');
  limitsClock.turn(rateLimitTable.sendPerUser.durationMs);
  await say(alice, group, 'again');
  expect(await rowsOf(world, group)).toHaveLength(1 + sends + 2);
});

test('a conversation takes only so much from all of its members together', async () => {
  const { world, tighten } = await limitedWorld();
  await using _ = world;
  const members = await people(world, 'ann', 'bob', 'carl', 'dora', 'emil', 'fay', 'gus');
  const group = await groupOf(...members);
  const { id: direct } = await members[6].caller.conversations.openDirect({ userId: 'ann' });
  tighten();
  const each = pointsOf('sendPerConversation') / 6;
  for (const member of members.slice(0, 6)) await say(member, group, ...Array.from({ length: each }, (_, n) => `${n}`));
  expect(await refusalOf(members[6].caller.messages.send(text(group)))).toMatchObject(limited);
  await say(members[6], direct, 'elsewhere it goes on');
});

test('W6: who may not write in a conversation takes nothing from those who do, nor does who sends the same again', async () => {
  const [tight, loose] = [makeRateLimits({ factor }), makeRateLimits({ factor: 1_000_000 })];
  const limitsOf = (name: string) => (name === 'sendPerConversation' ? tight : loose);
  const rateLimits: RateLimits = {
    ...loose,
    takeHere: (name, key) => limitsOf(name).takeHere(name, key),
    giveBackHere: (name, key) => limitsOf(name).giveBackHere(name, key),
  };
  await using world = await createWorld({ services: { rateLimits } });
  const [alice, bob, left, eve] = await people(world, 'alice', 'bob', 'left', 'eve');
  const { id: direct } = await alice.caller.conversations.openDirect({ userId: 'bob' });
  const { id: notes } = await eve.caller.conversations.openDirect({ userId: 'eve' });
  const group = await groupOf(alice, bob, left);
  const before = text(group, 'before I go');
  await left.caller.messages.send(before);
  await left.caller.groups.leave({ conversationId: group });
  await say(eve, notes, 'to be passed on');
  const points = pointsOf('sendPerConversation');
  for (let n = 0; n <= points; n++) {
    expect(await refusal(eve.caller.messages.send(text(direct)))).toBe('NOT_FOUND');
    const forward = { clientForwardId: newId(), fromConversationId: notes, seqs: [1], toConversationIds: [direct] };
    expect(await eve.caller.messages.forward(forward)).toMatchObject({ results: [{ refusal: 'NOT_FOUND' }] });
    expect(await refusal(left.caller.messages.send(text(group)))).toBe('FORBIDDEN');
    expect(await left.caller.messages.send(before)).toMatchObject({ deduplicated: true });
  }
  await say(alice, direct, ...Array.from({ length: points }, (_, n) => `${n}`));
  expect(await refusalOf(bob.caller.messages.send(text(direct)))).toMatchObject(limited);
  await say(alice, group, 'not silenced');
});

test('calls of all kinds together are limited for each user', async () => {
  const { world, tighten } = await limitedWorld();
  await using _ = world;
  const [alice, bob] = await people(world, 'alice', 'bob');
  tighten();
  for (let calls = 0; calls < pointsOf('callsPerUser'); calls++) await alice.caller.users.me();
  expect(await refusalOf(alice.caller.conversations.list({}))).toMatchObject(limited);
  await bob.caller.users.me();
});

test('tokens to refresh that are none are limited for each address', async () => {
  const { world, tighten } = await limitedWorld();
  await using _ = world;
  tighten();
  const token = `nxr_${newId()}aaaaaaa`;
  const guess = (address: string) => refusalOf(world.caller({ address }).auth.refresh({ refreshToken: token }));
  const codes: string[] = [];
  for (let guesses = 0; guesses <= pointsOf('refreshPerAddress'); guesses++) codes.push((await guess('192.0.2.7')).code);
  expect(codes.indexOf('RATE_LIMITED')).toBe(pointsOf('refreshPerAddress'));
  expect((await guess('192.0.2.8')).code).toBe('UNAUTHENTICATED');
});

test('what is passed on counts as sent, for the one who passes it on', async () => {
  const { world, tighten } = await limitedWorld();
  await using _ = world;
  const [alice] = await people(world, 'alice');
  const [from, to] = [await groupOf(alice), await groupOf(alice)];
  const sends = pointsOf('sendPerUser');
  const sent = await say(alice, from, ...Array.from({ length: sends + 1 }, (_, n) => `number ${n}`));
  tighten('here');
  const seqs = sent.map(({ message }) => message.seq);
  const input = { fromConversationId: from, seqs, toConversationIds: [to], clientForwardId: newId() };
  const [result] = (await alice.caller.messages.forward(input)).results;
  expect([result?.messages.length, result?.refusal]).toEqual([sends, 'RATE_LIMITED']);
});

test('leaving, ending links, taking back applications and asking for receipts are limited like what stands beside them', async () => {
  const { world, tighten } = await limitedWorld();
  await using _ = world;
  const [alice, bob] = await people(world, 'alice', 'bob');
  const group = await groupOf(alice, bob);
  const [said] = await say(alice, group, 'hello');
  const { code } = await alice.caller.groups.createLink({ conversationId: group });
  tighten();
  const calls = {
    groupPerUser: () => bob.caller.groups.leave({ conversationId: group }),
    joinPerUser: () => bob.caller.groups.withdraw({ conversationId: group }),
    receiptsPerUser: () => alice.caller.messages.receipts({ conversationId: group, seq: said?.message.seq ?? 0 }),
  };
  for (const [name, call] of Object.entries(calls)) {
    const answers = [call, call, call].map((again) => again());
    const codes = (await Promise.allSettled(answers)).map((one) => (one.status === 'rejected' ? one.reason.cause?.code : 'done'));
    expect(codes, name).toContain('RATE_LIMITED');
  }
  const revoke = () => alice.caller.groups.revokeLink({ conversationId: group, code });
  await revoke();
  expect(await refusalOf(revoke())).toMatchObject(limited);
});
