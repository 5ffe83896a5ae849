import { type ConversationView, isMentioned, type MessageView, type StreamItem } from '@nexo/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEvent } from '../src/reducer/apply-event.ts';
import { applyRepair } from '../src/reducer/apply-repair.ts';
import { concealed } from '../src/reducer/disappearing.ts';
import { readLocally, shownView } from '../src/reducer/reads.ts';
import { type ClientState, emptyState, withConversation } from '../src/reducer/state.ts';
import { quoteOfVersion } from '../src/reducer/versions.ts';
import { mergeRows } from '../src/reducer/windows.ts';

const id = '00000000-0000-4000-8000-000000000001';
const me = 'me';

/** The truth: what is there, and how far it was read. */
interface Truth {
  messages: MessageView[];
  change: number;
  userChange: number;
  readSeq: number;
}

type Step =
  | { what: 'send'; by: 'me' | 'bob'; silent: boolean; mention: boolean; replyTo: number }
  | { what: 'expire'; place: number }
  /** A node missed both: it is told of what is left only, and numbers are skipped. */
  | { what: 'missed' }
  | { what: 'read'; share: number }
  /** The private event that tells of reading comes late: after what follows. */
  | { what: 'readLate'; share: number }
  | { what: 'repair' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('send' as const),
      by: fc.constantFrom('bob' as const, 'bob' as const, 'me' as const),
      silent: fc.boolean(),
      mention: fc.boolean(),
      replyTo: fc.nat(20),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('expire' as const), place: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('read' as const, 'readLate' as const), share: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.constant({ what: 'repair' as const }) },
  { weight: 1, arbitrary: fc.constant({ what: 'missed' as const }) },
);

/** Long ones: short stories have neither quotes nor anything gone. */
const story = fc.array(anyStep, { minLength: 10, maxLength: 60, size: 'max' });

const countable = (truth: Truth) => truth.messages.at(-1)?.countableSeq ?? 0;

/** The own side as the server computes it, by counting. */
function mineOf(truth: Truth): ConversationView['me'] {
  const unread = truth.messages.filter((message) => message.seq > truth.readSeq && message.countable);
  const mentions = unread.filter((message) => message.senderId !== me && isMentioned(message.content, me)).map(({ seq }) => seq);
  const gone = unread.filter(({ content }) => content.type === 'expired').map(({ countableSeq }) => countableSeq);
  const spans: { from: number; to: number }[] = [];
  for (const number of gone) {
    const last = spans.at(-1);
    if (last?.to === number - 1) last.to = number;
    else spans.push({ from: number, to: number });
  }
  return {
    ...{ role: 'member', readSeq: truth.readSeq, userChange: truth.userChange, joinedAt: 0, visible: [{ from: 1, to: null }] },
    change: 0,
    readCountable: truth.messages[truth.readSeq - 1]?.countableSeq ?? 0,
    unread: unread.length - gone.length,
    ...(mentions.length === 0 ? {} : { mentions }),
    ...(spans.length === 0 ? {} : { gone: spans }),
  };
}

function viewOf(truth: Truth): ConversationView {
  const lastMessage = truth.messages.at(-1);
  return {
    ...{ id, kind: 'group', title: 'G', createdAt: 0, activeAt: lastMessage?.sentAt ?? 0, countable: countable(truth) },
    head: { seq: truth.messages.length, change: truth.change },
    me: mineOf(truth),
    ...(lastMessage === undefined ? {} : { lastMessage: quoted(truth, lastMessage) }),
  };
}

/** A message as it would be read now: a quote of what is gone has no words. */
function quoted(truth: Truth, message: MessageView): MessageView {
  const { replyTo } = message;
  const original = truth.messages[(replyTo?.seq ?? 0) - 1];
  if (replyTo === undefined || original?.content.type !== 'expired') return message;
  return { ...message, replyTo: quoteOfVersion(original) };
}

/** Plays a story: what the client is told, in the order in which it may come. */
function play(steps: readonly Step[]): { truth: Truth; state: ClientState } {
  const truth: Truth = { messages: [], change: 1, userChange: 0, readSeq: 0 };
  let state: ClientState = {
    ...emptyState,
    ...{ epoch: 'e', myId: me },
    me: {
      ...{ id: me, displayName: 'Me', kind: 'person', presenceVisibleTo: 'everyone', readReceipts: true },
      ...{ messagesFrom: 'everyone', contactRequestsFrom: 'everyone', groupInvitesFrom: 'everyone' },
    },
  };
  state = withConversation(state, {
    view: viewOf(truth),
    window: { rows: [], hasBefore: false, hasAfter: false, reading: 'end' },
    localRead: null,
  });
  const late: StreamItem[] = [];
  const tell = (item: StreamItem) => {
    state = applyEvent(state, item);
  };
  for (const step of steps) {
    if (step.what === 'send') tell(send(truth, step));
    else if (step.what === 'expire') {
      const event = expire(truth, step.place);
      if (event !== null) tell(event);
    } else if (step.what === 'missed') {
      send(truth, { what: 'send', by: 'bob', silent: false, mention: true, replyTo: 0 });
      truth.change--;
      const event = expire(truth, truth.messages.length - 1);
      if (event !== null) tell(event);
    } else if (step.what === 'repair') {
      const messages = truth.messages.map((message) => quoted(truth, message));
      const changes = {
        kind: 'changes' as const,
        conversationId: id,
        since: 1,
        members: [],
        leftUserIds: [],
        countable: countable(truth),
      };
      const head = { seq: truth.messages.length, change: truth.change };
      state = applyRepair(state, { ...changes, head, messages, me: mineOf(truth) }, 1);
    } else {
      const seq = Math.round((truth.messages.length * step.share) / 100);
      if (seq <= truth.readSeq) continue;
      truth.readSeq = seq;
      truth.userChange++;
      const event: StreamItem = { type: 'me.updated', userChange: truth.userChange, conversationId: id, me: mineOf(truth) };
      if (step.what === 'read' && late.length === 0) tell(event);
      else late.push(event);
    }
  }
  for (const event of late) tell(event);
  return { truth, state };
}

function send(truth: Truth, step: Extract<Step, { what: 'send' }>): StreamItem {
  const seq = truth.messages.length + 1;
  const change = ++truth.change;
  const quotedRow = truth.messages[step.replyTo % (2 * seq)];
  const isGone = quotedRow?.content.type === 'expired';
  const message: MessageView = {
    ...{ id: `m${seq}`, conversationId: id, seq, change, clientMessageId: `c${seq}`, senderId: step.by, sentAt: seq },
    content: {
      type: 'text',
      text: step.mention ? '@Me' : 'x',
      ...(step.mention ? { mentions: [{ userId: me, name: 'Me' }] } : {}),
    },
    ...{ countable: !step.silent, countableSeq: countable(truth) + (step.silent ? 0 : 1) },
    ...(quotedRow === undefined
      ? {}
      : { replyTo: isGone ? quoteOfVersion(quotedRow) : { seq: quotedRow.seq, senderId: quotedRow.senderId, excerpt: 'x' } }),
  };
  truth.messages.push(message);
  if (step.by === 'me') truth.readSeq = seq;
  return { type: 'message.sent', conversationId: id, change, message };
}

function expire(truth: Truth, place: number): StreamItem | null {
  const message = truth.messages[place % Math.max(1, truth.messages.length)];
  if (message === undefined || message.content.type === 'expired') return null;
  const { replyTo: _quote, ...rest } = message;
  const change = ++truth.change;
  const left: MessageView = { ...rest, content: { type: 'expired' }, contentChange: change, change };
  truth.messages[message.seq - 1] = left;
  return { type: 'message.expired', conversationId: id, change, message: left };
}

test('E3 a stored message whose time is over is not shown, and what the server says of it counts', () => {
  const { truth } = play([{ what: 'send', by: 'bob', silent: false, mention: false, replyTo: 0 }]);
  const [message] = truth.messages;
  if (message === undefined) throw new Error('nothing was sent');
  const stored = { ...message, expiresAt: 1_000 };
  expect(concealed(stored, 999)).toBe(stored);
  const hidden = concealed(stored, 1_000);
  expect(hidden.content).toEqual({ type: 'expired' });
  expect(mergeRows([hidden], [stored])).toEqual([stored]);
});

describe('what is unread while messages disappear', () => {
  test('C7 C31 unread and mentions equal a recount, whatever comes late and is repaired in between', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const { truth, state } = play(steps);
        const view = state.conversations.get(id)?.view;
        expect(view).toEqual(viewOf(truth));
      }),
      { numRuns: 500 },
    );
  });

  test('E3 no loaded row has words of what has disappeared, nor quotes them', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const { truth, state } = play(steps);
        const rows = state.conversations.get(id)?.window?.rows ?? [];
        expect(rows).toEqual(truth.messages.map((message) => quoted(truth, message)));
      }),
      { numRuns: 200 },
    );
  });

  test('what is read here is not unread here, before the server knows', () => {
    fc.assert(
      fc.property(story, fc.nat(60), (steps, upTo) => {
        const { truth, state } = play(steps);
        const read = readLocally(state, id, upTo).conversations.get(id);
        if (read === undefined) throw new Error('the conversation is gone');
        const readSeq = Math.max(truth.readSeq, Math.min(upTo, truth.messages.length));
        const { unread, mentions } = shownView(read).me;
        const wanted = mineOf({ ...truth, readSeq });
        expect({ unread, mentions }).toEqual({ unread: wanted.unread, mentions: wanted.mentions });
      }),
      { numRuns: 200 },
    );
  });
});
