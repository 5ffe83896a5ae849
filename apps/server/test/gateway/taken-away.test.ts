import { newId } from '@nexo/shared';
import type { TRPCClientError } from '@trpc/client';
import { describe, expect, it } from 'vitest';
import {
  aMessage,
  eventually,
  httpClient,
  itemsOf,
  type LiveClient,
  liveClient,
  rawSocket,
  subscribeToEvents,
  textOf,
  twoNodes,
} from './harness.ts';

interface Timing {
  tailEveryMs?: number;
}

type Calls = ReturnType<typeof httpClient>;

/** What one person did to another on the first node is known to nobody on the second: there is no Redis. */
async function twoPeople(timing: Timing) {
  const nodes = await twoNodes({ timing });
  const ann = await nodes.here.user('ann');
  const ben = await nodes.here.user('ben');
  const there = { ann: httpClient(nodes.there.url, ann.token), ben: httpClient(nodes.there.url, ben.token) };
  const listening = { ann: await liveClient(nodes.there.url, ann.token), ben: await liveClient(nodes.there.url, ben.token) };
  return {
    ...{ nodes, ann, ben, there, listening },
    async [Symbol.asyncDispose]() {
      await listening.ann[Symbol.asyncDispose]();
      await listening.ben[Symbol.asyncDispose]();
      await nodes[Symbol.asyncDispose]();
    },
  };
}

/** A group of both, and both have written there on the second node, so that it remembers them as members who may. */
async function aGroup(there: { ann: Calls; ben: Calls }): Promise<string> {
  const { id } = await there.ann.groups.create.mutate({ name: 'both', memberIds: ['ben'] });
  for (const one of [there.ben, there.ann, there.ben]) await one.messages.send.mutate(aMessage(id, 'before'));
  await there.ben.messages.list.query({ conversationId: id });
  return id;
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = (await call.then(
    (answer) => {
      throw new Error(`was not refused but answered ${JSON.stringify(answer)}`);
    },
    (refused: unknown) => refused,
  )) as TRPCClientError<never>;
  const { nexo } = (error.data ?? {}) as { nexo?: { code: string } };
  if (nexo === undefined) throw error;
  return nexo.code;
}

/** Everything that was on its way to this client has come: its next answer is behind it. */
const caughtUp = (client: LiveClient) => client.trpc.users.me.query();

describe.each<{ tail: string; timing: Timing }>([
  { tail: 'which reads the doorbells', timing: {} },
  // What is refused here is refused by the row alone.
  { tail: 'which hears of nothing at all', timing: { tailEveryMs: 3_600_000 } },
])('A17 what was taken away on one node, without Redis, on another node, $tail', ({ timing }) => {
  it('A17 who was removed is refused at once, reads and hears nothing later', async () => {
    await using world = await twoPeople(timing);
    const { ann, there, listening, nodes } = world;
    const conversationId = await aGroup(there);
    await eventually(() => expect(textOf(listening.ben.items)).toHaveLength(3));
    const { epoch } = await there.ben.sync.snapshot.query({});
    await ann.http.groups.kick.mutate({ conversationId, userIds: ['ben'] });

    const content = { type: 'text' as const, text: 'still here?' };
    for (const call of [
      () => there.ben.messages.send.mutate(aMessage(conversationId, 'still here?')),
      () => listening.ben.trpc.messages.send.mutate(aMessage(conversationId, 'still here?')),
      () => there.ben.messages.edit.mutate({ conversationId, seq: 2, content }),
      () => there.ben.messages.react.mutate({ conversationId, seq: 2, emoji: '👍', on: true }),
      () => there.ben.messages.reactions.query({ conversationId, seq: 2, emoji: '👍' }),
      () => there.ben.groups.members.query({ conversationId }),
      () => there.ben.groups.invite.mutate({ conversationId, userIds: ['ben'] }),
      () => there.ben.groups.leave.mutate({ conversationId }),
    ]) {
      expect(await refusal(call()), String(call)).toBe('FORBIDDEN');
    }

    const secret = 'said when ben was out';
    const { message: elsewhere } = await ann.http.messages.send.mutate(aMessage(conversationId, `${secret}, there`));
    const { message: here } = await there.ann.messages.send.mutate(aMessage(conversationId, `${secret}, here`));
    // A socket that begins only now, too.
    await using late = await rawSocket(nodes.there.url, { token: world.ben.token });
    late.send(subscribeToEvents(1));
    await eventually(() => expect(late.frames.length).toBeGreaterThan(0));
    const { message: last } = await there.ann.messages.send.mutate(aMessage(conversationId, `${secret}, at last`));
    await there.ann.conversations.markRead.mutate({ conversationId, seq: last.seq });
    await there.ann.messages.react.mutate({ conversationId, seq: 2, emoji: '🎉', on: true });
    await eventually(() => expect(JSON.stringify(listening.ann.items)).toContain('🎉'));

    const seqs = [elsewhere.seq, here.seq, last.seq];
    const since = { id: conversationId, change: 1 };
    for (const answer of [
      await there.ben.messages.list.query({ conversationId }),
      await there.ben.messages.list.query({ conversationId, around: last.seq }),
      await there.ben.messages.get.query({ conversationId, seqs }),
      await there.ben.conversations.get.query({ conversationId }),
      await there.ben.conversations.list.query({}),
      await there.ben.sync.snapshot.query({}),
      await there.ben.sync.changes.query({ conversationId, since: 1 }),
      await there.ben.sync.resume.query({ epoch, userChange: 0, conversations: [since] }),
      await there.ben.groups.get.query({ conversationId }),
    ]) {
      expect(JSON.stringify(answer)).not.toContain(secret);
      expect(JSON.stringify(answer)).not.toContain('🎉');
    }
    expect(await refusal(there.ben.messages.history.query({ conversationId, seq: last.seq }))).toBe('NOT_FOUND');

    await caughtUp(listening.ben);
    late.send({ id: 2, method: 'query', params: { path: 'users.me' } });
    await eventually(() => expect(late.frames.some((frame) => frame.startsWith('{"id":2'))).toBe(true));
    for (const items of [listening.ben.items, itemsOf(late.frames)]) {
      expect(JSON.stringify(items)).not.toContain(secret);
      expect(JSON.stringify(items)).not.toContain('🎉');
      expect(items.filter(({ type }) => type === 'conversation.read')).toEqual([]);
    }
  });

  it('A17 who was muted, or is no admin any more, or whose group was dismissed, does at once no more than that', async () => {
    await using world = await twoPeople(timing);
    const { ann, there } = world;
    const conversationId = await aGroup(there);
    const say = () => there.ben.messages.send.mutate(aMessage(conversationId, 'may I?'));
    const { id: notes } = await there.ben.conversations.openDirect.mutate({ userId: 'ben' });
    await there.ben.messages.send.mutate(aMessage(notes, 'to pass on'));

    await ann.http.groups.muteMember.mutate({ conversationId, userId: 'ben', forMs: 3_600_000 });
    expect(await refusal(say())).toBe('MUTED');
    const into = { fromConversationId: notes, seqs: [1], toConversationIds: [conversationId], clientForwardId: newId() };
    const { results } = await there.ben.messages.forward.mutate(into);
    expect(results).toMatchObject([{ messages: [], refusal: 'MUTED' }]);
    await ann.http.groups.muteMember.mutate({ conversationId, userId: 'ben', forMs: null });
    await say();
    await ann.http.groups.muteAll.mutate({ conversationId, muted: true });
    expect(await refusal(say())).toBe('MUTED');

    await ann.http.groups.setRole.mutate({ conversationId, userId: 'ben', role: 'admin' });
    await say();
    await there.ben.groups.update.mutate({ conversationId, name: 'of an admin' });
    await ann.http.groups.setRole.mutate({ conversationId, userId: 'ben', role: 'member' });
    expect(await refusal(say())).toBe('MUTED');
    for (const call of [
      () => there.ben.groups.update.mutate({ conversationId, name: 'of nobody' }),
      () => there.ben.groups.muteAll.mutate({ conversationId, muted: false }),
      () => there.ben.groups.createLink.mutate({ conversationId }),
      () => there.ben.messages.pin.mutate({ conversationId, seq: 2, pinned: true }),
    ]) {
      expect(await refusal(call())).toBe('FORBIDDEN');
    }

    await ann.http.groups.muteAll.mutate({ conversationId, muted: false });
    await say();
    await ann.http.groups.dismiss.mutate({ conversationId });
    expect(await refusal(say())).toBe('GROUP_DISMISSED');
  });

  it('A17 who was blocked reaches nobody, and neither is shown the other', async () => {
    await using world = await twoPeople(timing);
    const { ann, there, listening } = world;
    const { id: conversationId } = await there.ann.conversations.openDirect.mutate({ userId: 'ben' });
    for (const one of [there.ben, there.ann, there.ben]) await one.messages.send.mutate(aMessage(conversationId, 'before'));
    const typing = ({ items }: LiveClient) => items.filter(({ type }) => type === 'typing').length;
    // Each of them has been told of the other, so that the second node remembers that they may be.
    await eventually(async () => {
      for (const one of [listening.ann, listening.ben]) {
        await one.trpc.messages.typing.mutate({ conversationId, typing: true });
      }
      expect([typing(listening.ann), typing(listening.ben)].every((count) => count > 1)).toBe(true);
    });
    await listening.ann.trpc.presence.subscribe.mutate({ userIds: ['ben'] });
    await listening.ben.trpc.presence.subscribe.mutate({ userIds: ['ann'] });
    await ann.http.contacts.block.mutate({ userId: 'ben' });

    const content = { type: 'text' as const, text: 'hear me' };
    const touching = ({ messages, contacts }: Calls, own: number, userId: string) => [
      () => messages.send.mutate(aMessage(conversationId, 'hear me')),
      () => messages.edit.mutate({ conversationId, seq: own, content }),
      () => messages.react.mutate({ conversationId, seq: own, emoji: '👍', on: true }),
      () => messages.pin.mutate({ conversationId, seq: own, pinned: true }),
      () => contacts.request.mutate({ userId }),
    ];
    for (const call of touching(there.ben, 1, 'ann')) expect(await refusal(call())).toBe('NOT_REACHABLE');
    for (const call of touching(there.ann, 2, 'ben')) expect(await refusal(call())).toBe('BLOCKED_BY_YOU');
    for (const [one, userId] of [[there.ben, 'ann'] as const, [there.ann, 'ben'] as const]) {
      const [absent, shown] = (await one.presence.get.query({ userIds: ['nobody', userId] })).items;
      expect({ ...shown, userId: 'nobody' }).toEqual(absent);
    }
    await there.ann.conversations.markRead.mutate({ conversationId, seq: 3 });
    // Who is told that one types is remembered for a minute where nothing says otherwise.
    if (timing.tailEveryMs === undefined) {
      for (const [one, other] of [
        [listening.ann, listening.ben],
        [listening.ben, listening.ann],
      ] as const) {
        await eventually(async () => {
          const before = typing(other);
          await one.trpc.messages.typing.mutate({ conversationId, typing: true });
          await caughtUp(other);
          expect(typing(other)).toBe(before);
        });
      }
    }
    await caughtUp(listening.ben);
    expect(listening.ben.items.filter(({ type }) => type === 'conversation.read')).toEqual([]);
  });
});
