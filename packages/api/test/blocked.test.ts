import { newId, type SendableContent } from '@nexo/shared';
import { expect, test } from 'vitest';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { groupOf, people, refusalOf, say, text } from './scene.ts';

const direct = async (one: WorldUser, other: WorldUser) => (await one.caller.conversations.openDirect({ userId: other.id })).id;

/** A conversation of the two in which both have spoken and one has reacted; the last of the four the other has not read. */
async function history(one: WorldUser, other: WorldUser): Promise<string> {
  const conversationId = await direct(one, other);
  await say(one, conversationId, 'one');
  await say(other, conversationId, 'two', 'three');
  await one.caller.messages.react({ conversationId, seq: 2, emoji: '👍', on: true });
  await say(one, conversationId, 'four');
  return conversationId;
}

type Attempt = [what: string, call: () => Promise<unknown>];

/** Everything that one person can do to another directly. Whoever it is refused to has changed nothing by it. */
function acts({ caller }: WorldUser, peer: string, conversationId: string, own: number, theirs: number): Attempt[] {
  const { contacts, groups, messages } = caller;
  const of = (seq: number) => ({ conversationId, seq });
  return [
    ['a message', () => messages.send(text(conversationId))],
    ['an answer', () => messages.send(text(conversationId, 'as I said', { replyTo: own }))],
    ['an edit', () => messages.edit({ ...of(own), content: { type: 'text', text: 'another' } })],
    ['a reaction', () => messages.react({ ...of(theirs), emoji: '🎉', on: true })],
    ['a pin', () => messages.pin({ ...of(own), pinned: true })],
    ['a time to disappear', () => messages.setDisappearing({ conversationId, afterSentMs: 3_600_000 })],
    ['a contact request', () => contacts.request({ userId: peer, message: 'It is me' })],
    ['a group with them', () => groups.create({ name: 'Both', memberIds: [peer] })],
  ];
}

/** What one person can find out about another, without doing anything to them. */
function looks({ caller }: WorldUser, peer: string, conversationId: string): Attempt[] {
  const { contacts, conversations, groups, messages, presence, sync, users } = caller;
  return [
    ['the profile card', () => users.get({ userIds: [peer] })],
    ['a search', () => users.search({ query: peer })],
    ['their presence', () => presence.get({ userIds: [peer] })],
    ['to watch them', () => presence.subscribe({ userIds: [peer] })],
    ['the conversation', () => conversations.get({ conversationId })],
    ['opened anew', () => conversations.openDirect({ userId: peer })],
    ['its messages', () => messages.list({ conversationId })],
    ['who reacted', () => messages.reactions({ conversationId, seq: 2, emoji: '👍' })],
    ['receipts', () => messages.receipts({ conversationId, seq: 4 })],
    ['its members', () => groups.members({ conversationId })],
    ['its changes', () => sync.changes({ conversationId, since: 1 })],
    ['to type', () => messages.typing({ conversationId, typing: true })],
    ['to read', () => conversations.markRead({ conversationId, seq: 4 })],
    ['to forward into it', () => messages.forward(forward(conversationId))],
    ['own blocks', () => contacts.blocks({})],
    ['own requests', () => contacts.requests({ direction: 'outgoing' })],
  ];
}

const forward = (conversationId: string) => ({
  ...{ fromConversationId: conversationId, seqs: [1], toConversationIds: [conversationId] },
  clientForwardId: newId(),
});

/** An answer without whose it is: of two people whom one knows equally well, the same. */
function anonymous(answer: unknown, peer: string): unknown {
  const moving = new Set(['userChange', 'serverTime', 'epoch']);
  const said = JSON.stringify(answer, (key, value) => (moving.has(key) ? undefined : value)) ?? 'null';
  return JSON.parse(
    said.replaceAll(new RegExp(peer, 'gi'), 'somebody').replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'an id'),
  );
}

async function outcomes(attempts: Attempt[], peer: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [what, call] of attempts) {
    const answer = call();
    found[what] = anonymous(await answer.catch(() => refusalOf(answer)), peer);
  }
  return found;
}

/** Whom this user was told anything about: by private events, or by those of the conversation. */
const toldOf = (world: World, userId: string, conversationId: string) =>
  world.heard.filter(
    (message) =>
      (message.kind === 'user' && message.userId === userId) ||
      (message.kind === 'conversation' && message.conversationId === conversationId) ||
      (message.kind === 'signal' && message.signal.conversationId === conversationId) ||
      (message.kind === 'read' && message.event.conversationId === conversationId),
  );

test('A18 to who is blocked the other looks, in all there is, like somebody whose settings let nobody in', async () => {
  await using world = await createWorld();
  const [alice, anton, bob] = await people(world, 'alice', 'anton', 'bob');
  for (const { id, session } of [alice, anton, bob]) {
    world.services.presence.hold(id, [{ sessionId: session.id, platform: 'web', foreground: true }]);
  }
  const ofAlice = await history(bob, alice);
  const ofAnton = await history(bob, anton);
  world.heard.length = 0;
  await alice.caller.contacts.block({ userId: 'bob' });
  expect(toldOf(world, 'bob', ofAlice)).toEqual([]);
  const nobody = { messagesFrom: 'nobody', contactRequestsFrom: 'nobody', groupInvitesFrom: 'nobody' } as const;
  await anton.caller.users.update({ ...nobody, presenceVisibleTo: 'nobody' });

  // What the one who blocked does now does not reach the other; what the one who hides merely does not do.
  world.heard.length = 0;
  await alice.caller.conversations.markRead({ conversationId: ofAlice, seq: 4 });
  await alice.caller.messages.typing({ conversationId: ofAlice, typing: true });
  expect(toldOf(world, 'bob', ofAlice)).toEqual([]);

  const acted = await outcomes(acts(bob, 'alice', ofAlice, 1, 3), 'alice');
  expect(acted).toEqual(await outcomes(acts(bob, 'anton', ofAnton, 1, 3), 'anton'));
  const refused = { code: 'NOT_REACHABLE', message: 'This person does not take this from you', retryable: false };
  for (const [what, answer] of Object.entries(acted)) expect(answer, what).toEqual(refused);

  world.heard.length = 0;
  const seen = await outcomes(looks(bob, 'alice', ofAlice), 'alice');
  expect(toldOf(world, 'alice', ofAlice)).toEqual([]);
  expect(seen).toEqual(await outcomes(looks(bob, 'anton', ofAnton), 'anton'));
  expect(seen['their presence']).toEqual(
    await outcomes([['', () => bob.caller.presence.get({ userIds: ['none'] })]], 'none').then(({ '': none }) => none),
  );
  expect(seen['the conversation']).toMatchObject({ peerReadSeq: 3 });
  expect(seen['to forward into it']).toMatchObject({ results: [{ messages: [], refusal: 'NOT_REACHABLE' }] });

  const conversationId = await groupOf(bob);
  const invited = async (peer: string) => refusalOf(bob.caller.groups.invite({ conversationId, userIds: [peer] }));
  expect([await invited('alice'), await invited('anton')]).toEqual([refused, refused]);
});

test('A18 the one who has blocked is told so at each thing they do, and sees nothing of the other', async () => {
  await using world = await createWorld();
  const [alice, bob] = await people(world, 'alice', 'bob');
  world.services.presence.hold('bob', [{ sessionId: bob.session.id, platform: 'web', foreground: true }]);
  const conversationId = await history(alice, bob);
  await alice.caller.contacts.block({ userId: 'bob' });
  const refused = { code: 'BLOCKED_BY_YOU', message: 'You have blocked this person', retryable: false };
  const acted = await outcomes(acts(alice, 'bob', conversationId, 1, 3), 'bob');
  for (const [what, answer] of Object.entries(acted)) expect(answer, what).toEqual(refused);

  world.heard.length = 0;
  await bob.caller.messages.typing({ conversationId, typing: true });
  await bob.caller.conversations.markRead({ conversationId, seq: 4 });
  expect(toldOf(world, 'alice', conversationId)).toEqual([]);
  const { 'their presence': presence, 'the conversation': conversation } = await outcomes(
    looks(alice, 'bob', conversationId),
    'bob',
  );
  expect(presence).toEqual({ items: [{ userId: 'somebody', status: 'offline', platforms: [] }] });
  expect(conversation).toMatchObject({ peerReadSeq: 3 });
});

test('A18 in groups of both each speaks, mentions and reacts as before, and what is seen of the other there is the same', async () => {
  await using world = await createWorld();
  const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
  const conversationId = await groupOf(carol, alice, bob);
  await say(alice, conversationId, 'from alice');
  await say(bob, conversationId, 'from bob');
  const seenBy = async ({ caller: { conversations, groups, messages, users } }: WorldUser) =>
    JSON.stringify([
      await groups.members({ conversationId }),
      await messages.list({ conversationId }),
      await conversations.get({ conversationId }),
      await users.get({ userIds: ['alice', 'bob'] }),
    ]);
  const before = [await seenBy(alice), await seenBy(bob)];
  await alice.caller.contacts.block({ userId: 'bob' });
  expect([await seenBy(alice), await seenBy(bob)]).toEqual(before);

  for (const [one, other] of [[alice, bob] as const, [bob, alice] as const]) {
    const content: SendableContent = { type: 'text', text: 'look, @You', mentions: [{ userId: other.id, name: 'You' }] };
    const { message } = await one.caller.messages.send(text(conversationId, '', { content }));
    expect((await other.caller.conversations.get({ conversationId })).me.mentions).toEqual([message.seq]);
    await other.caller.messages.react({ conversationId, seq: message.seq, emoji: '👍', on: true });
    const { items } = await one.caller.messages.reactions({ conversationId, seq: message.seq, emoji: '👍' });
    expect(items.map(({ userId }) => userId)).toEqual([other.id]);
  }
});
