import { AppError, type SendMessageInput } from '@nexo/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Counters, type Decision, decide, type Facts, memberKey, replyKey, type Send, sendKey } from './decide.ts';

const conversations = ['c1', 'c2', 'c3'];
const people = ['alice', 'bob', 'carol'];
const quoted = { seq: 1, senderId: 'alice', excerpt: 'first words' };

/** A tiny database: what the facts of the next batch are read from. */
interface Store {
  heads: Map<string, Counters>;
  members: Map<string, boolean>;
  sent: Map<string, Decision['accepted'][number]>;
  rows: Decision['accepted'];
}

function emptyStore(): Store {
  const heads = new Map(conversations.map((id) => [id, { seq: 10, change: 20, countable: 5, untold: 0 }]));
  const members = new Map<string, boolean>(
    conversations.flatMap((id) => people.map((person) => [memberKey(id, person), true] as const)),
  );
  // Carol has left c2 and never was in c3.
  members.set(memberKey('c2', 'carol'), false);
  members.delete(memberKey('c3', 'carol'));
  return { heads, members, sent: new Map(), rows: [] };
}

function factsOf(store: Store): Facts {
  const replies = new Map(people.map((person) => [replyKey('c1', person, 1), quoted]));
  return {
    heads: store.heads,
    members: store.members,
    sent: store.sent,
    replies,
    groups: new Map(),
    lifetimes: new Map(),
    peers: new Map(),
    readers: new Set(),
    dismissed: new Set(),
  };
}

function commit(store: Store, sends: readonly Send[]): Decision['outcomes'] {
  const decision = decide(sends, factsOf(store), 1_000, () => 'id');
  for (const message of decision.accepted) {
    store.rows.push(message);
    store.sent.set(sendKey(message.conversationId, message.senderId, message.clientMessageId), message);
  }
  for (const [id, head] of decision.moved) store.heads.set(id, head);
  return decision.outcomes;
}

function send(senderId: string, input: Partial<SendMessageInput> & { text?: string } = {}): Send {
  const { text = 'hello', ...rest } = input;
  return { senderId, input: { conversationId: 'c1', clientMessageId: 'm1', content: { type: 'text', text }, ...rest } };
}

const codeOf = (outcome: Decision['outcomes'][number] | undefined) => (outcome instanceof AppError ? outcome.code : outcome);

/** Few ids and texts, so that duplicates, mismatches and refusals are common. */
const anySend: fc.Arbitrary<Send> = fc
  .record({
    senderId: fc.constantFrom(...people, 'stranger'),
    conversationId: fc.constantFrom(...conversations, 'nowhere'),
    clientMessageId: fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5', 'm6'),
    text: fc.constantFrom('hello', 'hello', 'hello', 'other'),
    replyTo: fc.constantFrom(undefined, undefined, undefined, 1, 99),
  })
  .map(({ senderId, text, replyTo, ...rest }) =>
    send(senderId, { ...rest, text, ...(replyTo === undefined ? {} : { replyTo }) }),
  );

const anySends = fc.array(anySend, { maxLength: 60 });

function partition<T>(items: readonly T[], sizes: readonly number[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0, i = 0; at < items.length; i++) {
    const size = sizes[i % Math.max(1, sizes.length)] ?? 1;
    parts.push(items.slice(at, at + size));
    at += size;
  }
  return parts;
}

describe('decide', () => {
  test('P2 however sends are cut into batches, the same rows and the same answers come of them', () => {
    fc.assert(
      fc.property(anySends, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), (sends, sizes) => {
        const single = emptyStore();
        const answers = sends.flatMap((one) => commit(single, [one]));
        const batched = emptyStore();
        const batchedAnswers = partition(sends, sizes).flatMap((batch) => commit(batched, batch));
        const byPlace = (store: Store) => store.rows.map((row) => `${row.conversationId} ${row.seq}`).sort();
        expect(byPlace(batched)).toEqual(byPlace(single));
        expect(new Set(batched.rows)).toEqual(new Set(single.rows));
        expect(batched.heads).toEqual(single.heads);
        expect(batchedAnswers.map(codeOf)).toEqual(answers.map(codeOf));
      }),
    );
  });

  test('P5 seq, change and countable go on without a hole; refusals and duplicates take no number', () => {
    fc.assert(
      fc.property(anySends, (sends) => {
        const store = emptyStore();
        const outcomes = commit(store, sends);
        for (const id of conversations) {
          const rows = store.rows.filter((row) => row.conversationId === id);
          expect(rows.map((row) => row.seq)).toEqual(rows.map((_, i) => 11 + i));
          expect(rows.map((row) => row.change)).toEqual(rows.map((_, i) => 21 + i));
          expect(rows.map((row) => row.countableSeq)).toEqual(rows.map((_, i) => 6 + i));
          const counters = { seq: 10 + rows.length, change: 20 + rows.length, countable: 5 + rows.length };
          expect(store.heads.get(id)).toEqual({ ...counters, untold: 0 });
        }
        const fresh = outcomes.filter((outcome) => !(outcome instanceof AppError) && !outcome.deduplicated);
        expect(fresh).toHaveLength(store.rows.length);
      }),
    );
  });

  test('P3 each id makes at most one row, and everybody who sends it again with the same content gets that one', () => {
    fc.assert(
      fc.property(anySends, (sends) => {
        const store = emptyStore();
        const outcomes = commit(store, [...sends, ...sends]);
        const ids = store.rows.map((row) => sendKey(row.conversationId, row.senderId, row.clientMessageId));
        expect(new Set(ids).size).toBe(ids.length);
        outcomes.forEach((outcome, i) => {
          const { senderId, input } = [...sends, ...sends][i] as Send;
          const first = store.sent.get(sendKey(input.conversationId, senderId, input.clientMessageId));
          if (!(outcome instanceof AppError)) expect(outcome.message).toBe(first);
        });
      }),
    );
  });

  test('P3 a duplicate inside a batch and one in a later batch both get the first answer', () => {
    const store = emptyStore();
    const [first, inside] = commit(store, [send('alice'), send('alice')]);
    const [later] = commit(store, [send('alice')]);
    expect(first).toMatchObject({ deduplicated: false, message: { seq: 11 } });
    expect(inside).toMatchObject({ deduplicated: true, message: { seq: 11 } });
    expect(later).toMatchObject({ deduplicated: true, message: { seq: 11 } });
  });

  test('P3 the same id of another sender or in another conversation is another message', () => {
    const store = emptyStore();
    const outcomes = commit(store, [send('alice'), send('bob'), send('alice', { conversationId: 'c2' })]);
    expect(outcomes.map((outcome) => outcome instanceof AppError || outcome.deduplicated)).toEqual([false, false, false]);
    expect(store.rows).toHaveLength(3);
  });

  test('P4 the same id with another text or another quote is refused, inside a batch and later', () => {
    const store = emptyStore();
    const [, otherText, otherQuote] = commit(store, [
      send('alice'),
      send('alice', { text: 'other' }),
      send('alice', { replyTo: 1 }),
    ]);
    const [later] = commit(store, [send('alice', { text: 'other' })]);
    expect([otherText, otherQuote, later].map(codeOf)).toEqual(Array(3).fill('IDEMPOTENCY_MISMATCH'));
    expect(store.rows).toHaveLength(1);
  });

  test('P4 an id whose first send was refused is free', () => {
    const store = emptyStore();
    const [refused, accepted] = commit(store, [send('alice', { replyTo: 99 }), send('alice')]);
    expect(codeOf(refused)).toBe('REPLY_NOT_FOUND');
    expect(accepted).toMatchObject({ deduplicated: false });
  });

  test('P6 a stranger and a conversation that does not exist are refused alike; who left is told so', () => {
    const outcomes = commit(emptyStore(), [
      send('stranger'),
      send('alice', { conversationId: 'nowhere' }),
      send('carol', { conversationId: 'c3' }),
      send('carol', { conversationId: 'c2' }),
    ]);
    const [stranger, nowhere, neverIn, left] = outcomes;
    expect([stranger, nowhere, neverIn, left].map(codeOf)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'FORBIDDEN']);
    expect(stranger).toEqual(nowhere);
  });

  test('P7 who left since gets the first answer to what they sent as a member', () => {
    const store = emptyStore();
    commit(store, [send('alice')]);
    store.members.set(memberKey('c1', 'alice'), false);
    const [retry, fresh] = commit(store, [send('alice'), send('alice', { clientMessageId: 'm2' })]);
    expect(retry).toMatchObject({ deduplicated: true, message: { seq: 11 } });
    expect(codeOf(fresh)).toBe('FORBIDDEN');
  });

  test('P14 a conversation whose lock another kept is refused for later; its duplicates are answered all the same', () => {
    const store = emptyStore();
    commit(store, [send('alice')]);
    store.heads.delete('c1');
    const [fresh, retry, elsewhere] = commit(store, [
      send('alice', { clientMessageId: 'm2' }),
      send('alice'),
      send('alice', { conversationId: 'c2' }),
    ]);
    expect(fresh).toMatchObject({ code: 'OVERLOADED', retryAfterMs: expect.any(Number) });
    expect(retry).toMatchObject({ deduplicated: true });
    expect(elsewhere).toMatchObject({ deduplicated: false });
  });

  test('P8 a quote that its sender may see comes with the message', () => {
    const [outcome] = commit(emptyStore(), [send('alice', { replyTo: 1 })]);
    expect(outcome).toMatchObject({ message: { replyTo: quoted } });
  });
});

test('who may only read is refused, and takes no number', () => {
  const facts = { ...factsOf(emptyStore()), readers: new Set([memberKey('c1', 'alice')]) };
  const { outcomes, moved } = decide([send('alice'), send('bob')], facts, 1_000, () => 'id');
  expect(codeOf(outcomes[0])).toBe('FORBIDDEN');
  expect(moved.get('c1')).toMatchObject({ seq: 11 });
});
