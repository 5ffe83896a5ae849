import type { ConversationRepair, MessageView, SnapshotResult, StreamItem } from '@nexo/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEvent } from '../src/reducer/apply-event.ts';
import { applyRepair } from '../src/reducer/apply-repair.ts';
import { type ClientState, emptyState } from '../src/reducer/state.ts';
import { mergeRows, receiveRows } from '../src/reducer/windows.ts';
import { makeStateHolder } from '../src/store/state-holder.ts';
import { makeInbox } from '../src/sync/inbox.ts';
import { makeModelServer, makeVirtualTime, SocketPair } from '../src/testing/index.ts';

const people = ['alice', 'bob', 'carol'] as const;
const who = fc.constantFrom(...people);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('send' as const), who, group: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('read' as const), who, group: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('leave' as const), who: fc.constantFrom('bob' as const, 'carol' as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('join' as const), who: fc.constantFrom('bob' as const, 'carol' as const) }),
  },
);
const steps = fc.array(step, { minLength: 1, maxLength: 30 });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('the reducer', () => {
  it('makes of an old state and the events since the same as a fresh state', () => {
    fc.assert(
      fc.property(steps, fc.nat(30), (story, cut) => {
        const told = tell(story, cut);
        let state = told.before;
        for (const event of told.events) state = applyEvent(state, event);
        expect(state.userChange).toBe(told.after.userChange);
        expect(shown(state.conversations)).toEqual(shown(told.after.conversations));
      }),
      { numRuns: 300 },
    );
  });

  it('ends in the same state whatever the order in which the events arrive and however often', () => {
    fc.assert(
      fc.property(steps, fc.nat(30), fc.infiniteStream(fc.nat(1_000)), (story, cut, order) => {
        const told = tell(story, cut);
        const mixed = [...told.events, ...told.events]
          .map((event) => ({ event, key: order.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ event }) => event);
        const holder = makeStateHolder();
        holder.commit(told.before);
        const heard: string[] = [];
        const inbox = makeInbox({
          holder,
          runtime: { ...makeVirtualTime(), random: () => 0 } as never,
          repair: () => {},
          resume: () => {},
          applied: ({ conversationId, seq }) => heard.push(`${conversationId} ${seq}`),
          changed: () => {},
          outdated: () => {},
          heard: () => {},
        });
        for (const event of mixed) inbox.receive([event]);
        expect(shown(holder.get().conversations)).toEqual(shown(told.after.conversations));
        expect(new Set(heard).size).toBe(heard.length);
      }),
      { numRuns: 300 },
    );
  });

  it('makes of an old state and the state diff the same as a fresh state', () => {
    fc.assert(
      fc.property(steps, fc.nat(30), (story, cut) => {
        const told = tell(story, cut);
        let state = told.before;
        for (const { answer, since } of told.repairs) state = applyRepair(state, answer, since);
        expect(shown(state.conversations)).toEqual(shown(told.after.conversations));
      }),
      { numRuns: 300 },
    );
  });

  it('never goes back when live events have overtaken a state diff', () => {
    fc.assert(
      fc.property(steps, steps, fc.nat(30), (story, later, cut) => {
        const told = tell(story, cut, later);
        let state = told.before;
        for (const event of told.events) state = applyEvent(state, event);
        for (const { answer, since } of told.repairs) state = applyRepair(state, answer, since);
        expect(shown(state.conversations)).toEqual(shown(told.after.conversations));
      }),
      { numRuns: 300 },
    );
  });

  it('never changes a state: what did not move is the same object', () => {
    const story: Step[] = Array.from({ length: 5 }, () => ({ type: 'send', who: 'bob', group: true }));
    const told = tell(story, 0);
    const frozen = deepFreeze(told.before);
    const [event] = told.events;
    if (event === undefined) throw new Error('no event');
    const next = applyEvent(frozen, event);
    expect(next).not.toBe(frozen);
    const untouched = [...next.conversations].filter(([id, conversation]) => frozen.conversations.get(id) === conversation);
    expect(untouched).toHaveLength(frozen.conversations.size - 1);
    expect(applyEvent(next, event)).toBe(next);
  });
});

describe('rows of a window', () => {
  it('stand once each, ascending, in whatever parts they come', () => {
    const parts = fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 10 }), { maxLength: 10 });
    fc.assert(
      fc.property(parts, (lists) => {
        const all = new Set(lists.flat());
        const rows = lists
          .map((seqs) => [...new Set(seqs)].sort((a, b) => a - b).map(row))
          .reduce<readonly MessageView[]>((known, more) => mergeRows(known, more), []);
        expect(rows.map(({ seq }) => seq)).toEqual([...all].sort((a, b) => a - b));
      }),
    );
  });

  it('never hide a hole: what does not touch the end is not appended', () => {
    const window = { rows: [row(1), row(2)], hasBefore: false, hasAfter: false, reading: 'end' as const };
    expect(receiveRows(window, [row(4)])).toMatchObject({ rows: [{ seq: 1 }, { seq: 2 }], hasAfter: true });
    expect(receiveRows(window, [row(3), row(4)]).rows).toHaveLength(4);
  });

  it('are cut at the end far from the reader when they grow too many', () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => row(index + 1));
    const atEnd = receiveRows({ rows, hasBefore: false, hasAfter: false, reading: 'end' }, [row(1_001)]);
    expect([atEnd.rows[0]?.seq, atEnd.rows.length, atEnd.hasBefore]).toEqual([2, 1_000, true]);
    const atStart = receiveRows({ rows, hasBefore: false, hasAfter: false, reading: 'start' }, [row(1_001)]);
    expect([atStart.rows.at(-1)?.seq, atStart.rows.length, atStart.hasAfter]).toEqual([1_000, 1_000, true]);
  });
});

/**
 * Lets a story happen on the model server, seen by Alice: her state after `cut` steps and at the end, the events between, and
 * what the server answers her at the end of `story` about what she had before; `later` happens after that.
 */
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
    const snapshot = call<SnapshotResult>('alice', 'sync.snapshot', { limit: 100 });
    const views = server.viewsOf('alice').map((view) => [view.id, { view, window: null, localRead: null }] as const);
    const { epoch, userChange, me } = snapshot;
    return { ...emptyState, epoch, userChange, myId: me.id, me, conversations: new Map(views) };
  };

  let count = 0;
  const perform = (next: Step) => {
    const conversationId = 'group' in next && !next.group && next.who !== 'carol' ? direct : group;
    if (next.type === 'send') {
      const content = { type: 'text', text: `${count++}` };
      call(next.who, 'messages.send', { conversationId, clientMessageId: `m${count}`, content });
    } else if (next.type === 'read') {
      call(next.who, 'conversations.markRead', { conversationId, seq: server.messagesOf(conversationId).length });
    } else if (next.type === 'leave') call(next.who, 'groups.leave', { conversationId: group });
    else server.addMember(group, next.who);
  };

  const at = Math.min(cut, story.length);
  for (const next of story.slice(0, at)) perform(next);
  takeEvents();
  const before = structuredClone(stateNow());
  for (const next of story.slice(at)) perform(next);
  const repairs = [...before.conversations.values()].map(({ view }) => {
    const since = view.head.change;
    const answer = call<ConversationRepair>('alice', 'sync.changes', { conversationId: view.id, since });
    return { since, answer: structuredClone(answer) };
  });
  for (const next of later) perform(next);
  return { before, events: takeEvents(), after: stateNow(), repairs };
}

function register(server: ReturnType<typeof makeModelServer>, userId: string): string {
  const { body } = server.http('http://x/trpc/auth.register', { body: JSON.stringify({ userId, displayName: userId }) });
  return (body as { result: { data: { accessToken: string } } }).result.data.accessToken;
}

/** What a person sees of it: how a client came to it is its own business. */
function shown(conversations: ClientState['conversations']) {
  return new Map([...conversations].map(([id, { told: _by, ...rest }]) => [id, rest]));
}

function row(seq: number): MessageView {
  return {
    ...{ id: `${seq}`, conversationId: 'c', seq, change: seq, clientMessageId: `m${seq}`, senderId: 'bob', sentAt: seq },
    ...{ content: { type: 'text', text: `${seq}` }, countable: true, countableSeq: seq },
  };
}

function deepFreeze(state: ClientState): ClientState {
  for (const conversation of state.conversations.values()) freeze(conversation);
  return Object.freeze(state);
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const inner of Object.values(value)) freeze(inner);
  Object.freeze(value);
}
