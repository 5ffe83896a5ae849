import {
  type ConversationView,
  isWithin,
  type ListMessagesResult,
  type MessageView,
  type ResumeResult,
  type SnapshotResult,
  type StreamItem,
} from '@nexo/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEvent } from '../src/reducer/apply-event.ts';
import { applyResume, withUserChange } from '../src/reducer/apply-repair.ts';
import { type ClientState, type ConversationState, emptyState } from '../src/reducer/state.ts';
import { makeStateHolder } from '../src/store/state-holder.ts';
import { makeInbox } from '../src/sync/inbox.ts';
import { makeModelServer, makeVirtualTime, SocketPair } from '../src/testing/index.ts';

const people = ['alice', 'bob', 'carol'] as const;
const lives = ['send', 'reply', 'edit', 'revoke', 'react', 'unreact', 'pin', 'unpin', 'remove'] as const;
const verbs = [...lives, 'read', 'clear', 'leave', 'join'] as const;
const step = fc.record({
  verb: fc.constantFrom(...verbs, 'send', 'send', 'reply', 'edit', 'revoke', 'read'),
  who: fc.constantFrom(...people),
  group: fc.boolean(),
  pick: fc.nat(30),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const stories = fc.array(step, { minLength: 1, maxLength: 40 });

describe('what happens to messages, in views and in loaded rows', () => {
  it('makes of an old state and the events since the same as a fresh state', () => {
    fc.assert(
      fc.property(stories, fc.nat(40), (story, cut) => {
        const told = tell(story, cut);
        let state = told.before;
        for (const event of told.events) state = applyEvent(state, event);
        expectSame(state, told.after);
      }),
      { numRuns: 300 },
    );
  });

  it('ends in the same state whatever the order in which the events arrive and however often', () => {
    fc.assert(
      fc.property(stories, fc.nat(40), fc.infiniteStream(fc.nat(1_000)), (story, cut, order) => {
        const told = tell(story, cut);
        const mixed = [...told.events, ...told.events]
          .map((event) => ({ event, key: order.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key);
        const holder = makeStateHolder();
        holder.commit(told.before);
        const inbox = makeInbox({
          holder,
          runtime: { ...makeVirtualTime(), random: () => 0 } as never,
          repair: () => {},
          resume: () => {},
          applied: () => {},
          changed: () => {},
          outdated: () => {},
          heard: () => {},
        });
        for (const { event } of mixed) inbox.receive([event]);
        expectSame(holder.get(), told.after);
      }),
      { numRuns: 300 },
    );
  });

  it('makes of an old state and what a resume answers the same as a fresh state', () => {
    fc.assert(
      fc.property(stories, fc.nat(40), (story, cut) => {
        const told = tell(story, cut);
        expectSame(resumed(told.before, told), told.after);
      }),
      { numRuns: 300 },
    );
  });

  it('never goes back when live events have overtaken the answer', () => {
    fc.assert(
      fc.property(stories, stories, fc.nat(40), (story, later, cut) => {
        const told = tell(story, cut, later);
        let state = told.before;
        for (const event of told.events) state = applyEvent(state, event);
        expectSame(resumed(state, told), told.after);
      }),
      { numRuns: 300 },
    );
  });
});

function resumed(state: ClientState, { answer, asked }: Pick<ReturnType<typeof tell>, 'answer' | 'asked'>): ClientState {
  if (answer.kind !== 'resumed') throw new Error(answer.kind);
  return withUserChange(applyResume(state, answer, asked), answer.userChange);
}

/** Rows that a repair has dropped are loaded anew when somebody looks: of those there is nothing to compare. */
function expectSame(state: ClientState, fresh: ClientState): void {
  const loaded = [...fresh.conversations].map(([id, conversation]): [string, ConversationState] => [
    id,
    state.conversations.get(id)?.window === null ? { ...conversation, window: null } : conversation,
  ]);
  expect(plain(state)).toEqual(plain({ ...fresh, conversations: new Map(loaded) }));
}

/** What of a state is to be the same; which seqs were removed here is this client's own memory. */
function plain({ userChange, conversations }: ClientState) {
  return {
    userChange,
    conversations: Object.fromEntries(
      [...conversations].map(([id, { view, window, localRead }]) => {
        // Another's read position has no number by which it could be missed.
        const { peerReadSeq: _unnumbered, ...numbered } = view;
        const rows = window?.rows.map((row) => withShownQuote(row, view));
        const lastMessage = view.lastMessage && withShownQuote(view.lastMessage, view);
        return [id, { view: lastMessage === undefined ? numbered : { ...numbered, lastMessage }, rows, localRead }];
      }),
    ),
  };
}

/** What becomes of a message outside of what may be read is not told, and its quotes are shown without words. */
function withShownQuote(row: MessageView, { me }: ConversationView): MessageView {
  const { replyTo, ...rest } = row;
  return replyTo === undefined || isWithin(me.visible, replyTo.seq) ? row : rest;
}

/** Lets a story happen on the model server, seen by Alice, who has everything loaded that she may see. */
function tell(story: readonly Step[], cut: number, later: readonly Step[] = []) {
  const time = makeVirtualTime();
  const server = makeModelServer(time);
  const tokens = new Map(people.map((userId) => [userId, register(server, userId)]));
  const call = <T>(userId: (typeof people)[number], path: string, input: unknown): T => {
    const headers = { authorization: `Bearer ${tokens.get(userId)}` };
    const { body } = server.http(`http://x/trpc/${path}`, { headers, body: JSON.stringify(input) });
    return (body as { result?: { data: T } }).result?.data as T;
  };
  const direct = call<{ id: string }>('alice', 'conversations.openDirect', { userId: 'bob' }).id;
  const group = call<{ id: string }>('alice', 'groups.create', { name: 'Three', memberIds: ['bob', 'carol'] }).id;
  const socket = new SocketPair('ws://x');
  socket.open(server.connect(socket));
  socket.toServer.push(JSON.stringify({ method: 'connectionParams', data: { token: tokens.get('alice') } }));
  socket.toServer.push(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'sync.events' } }));
  socket.deliver();
  const takeEvents = (): StreamItem[] =>
    socket.toClient.splice(0).flatMap((frame) => (JSON.parse(frame) as { result: { data: StreamItem[] } }).result.data);

  const stateNow = (): ClientState => {
    const { epoch, userChange, me, items } = call<SnapshotResult>('alice', 'sync.snapshot', { limit: 100 });
    const conversations = items.map((view): [string, ConversationState] => {
      const { items: rows } = call<ListMessagesResult>('alice', 'messages.list', { conversationId: view.id, limit: 100 });
      return [
        view.id,
        { view, window: { rows, hasBefore: false, hasAfter: false, upTo: view.head.seq, reading: 'end' }, localRead: null },
      ];
    });
    return structuredClone({ ...emptyState, epoch, userChange, myId: me.id, me, conversations: new Map(conversations) });
  };

  let count = 0;
  const perform = ({ verb, who, group: inGroup, pick }: Step) => {
    const conversationId = inGroup || who === 'carol' ? group : direct;
    const length = server.messagesOf(conversationId).length;
    const at = { conversationId, seq: 1 + (pick % Math.max(1, length)) };
    const content = { type: 'text', text: `${count++}` };
    const emoji = pick % 2 === 0 ? '👍' : '🎉';
    if (verb === 'send') call(who, 'messages.send', { conversationId, clientMessageId: `m${count}`, content });
    else if (verb === 'reply')
      call(who, 'messages.send', { conversationId, clientMessageId: `m${count}`, content, replyTo: at.seq });
    else if (verb === 'edit') call(who, 'messages.edit', { ...at, content });
    else if (verb === 'revoke') call(who, 'messages.revoke', at);
    else if (verb === 'react' || verb === 'unreact') call(who, 'messages.react', { ...at, emoji, on: verb === 'react' });
    else if (verb === 'pin' || verb === 'unpin') call(who, 'messages.pin', { ...at, pinned: verb === 'pin' });
    else if (verb === 'remove') call(who, 'messages.remove', { conversationId, seqs: [at.seq, at.seq + 2] });
    else if (verb === 'read') call(who, 'conversations.markRead', at);
    else if (verb === 'clear') call(who, 'conversations.clear', { conversationId, upToSeq: at.seq });
    else if (who !== 'alice' && verb === 'leave') call(who, 'groups.leave', { conversationId: group });
    else if (who !== 'alice') server.addMember(group, who);
  };

  const at = Math.min(cut, story.length);
  for (const next of story.slice(0, at)) perform(next);
  takeEvents();
  const before = stateNow();
  for (const next of story.slice(at)) perform(next);
  const cursors = [...before.conversations.values()].map(({ view }) => ({ id: view.id, change: view.head.change }));
  const { epoch, userChange } = before;
  const answer = structuredClone(call<ResumeResult>('alice', 'sync.resume', { epoch, userChange, conversations: cursors }));
  for (const next of later) perform(next);
  const asked = new Map(cursors.map(({ id, change }) => [id, change]));
  return { before, events: takeEvents(), after: stateNow(), answer, asked };
}

function register(server: ReturnType<typeof makeModelServer>, userId: string): string {
  const { body } = server.http('http://x/trpc/auth.register', { body: JSON.stringify({ userId, displayName: userId }) });
  return (body as { result: { data: { accessToken: string } } }).result.data.accessToken;
}
