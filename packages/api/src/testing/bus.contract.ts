import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Bus, type BusMessage, subjectOf } from '../bus.ts';

/** Two nodes on one bus. In one process both are the same object. */
export interface BusPair extends AsyncDisposable {
  a: Bus;
  b: Bus;
}

/** What every maker of a bus promises. `makePair` gives buses that are connected and heard by nobody yet. */
export function busContract(name: string, makePair: () => Promise<BusPair>): void {
  describe(`bus contract: ${name}`, () => {
    test('a publish reaches the listeners of every node, the publishing one too', async () => {
      await using pair = await makePair();
      const atA = listen(pair.a);
      const atB = listen(pair.b);
      pair.a.publish([typing('one')]);
      await expect.poll(() => [atA.heard, atB.heard]).toEqual([[typing('one')], [typing('one')]]);
    });

    test('messages of every kind arrive as they were published, those of one conversation or user in order', async () => {
      await using pair = await makePair();
      const { heard } = listen(pair.b);
      pair.a.publish(oneOfEach);
      await expect.poll(() => byId(heard)).toEqual(byId(oneOfEach));
    });

    test('messages of one conversation in one publish arrive together and in order', async () => {
      await using pair = await makePair();
      const { batches } = listen(pair.b);
      pair.a.publish([typing('one'), typing('two'), typing('three')]);
      await expect.poll(() => batches).toEqual([[typing('one'), typing('two'), typing('three')]]);
    });

    test('what only this node wants to hear keeps no other message from being heard', async () => {
      await using pair = await makePair();
      const picky: BusMessage[] = [];
      pair.b.subscribe(
        (messages) => picky.push(...messages),
        ({ kind, id }) => kind === 'user' && id === 'bob',
      );
      pair.a.publish(oneOfEach);
      await expect.poll(() => picky).toContainEqual(oneOfEach[1]);
      const { heard } = listen(pair.b);
      pair.a.publish(oneOfEach);
      await expect.poll(() => byId(heard)).toEqual(byId(oneOfEach));
    });

    test('messages of one conversation arrive in the order of their publishing', async () => {
      await using pair = await makePair();
      const { heard } = listen(pair.b);
      const sent = Array.from({ length: 200 }, (_, index) => typing(`user${index}`));
      for (const message of sent) pair.a.publish([message]);
      await expect.poll(() => heard.length).toBe(sent.length);
      expect(heard).toEqual(sent);
    });

    test('a listener that throws keeps no other from hearing', async () => {
      await using pair = await makePair();
      pair.a.subscribe(() => {
        throw new Error('on purpose');
      });
      const { heard } = listen(pair.a);
      pair.a.publish([typing('one')]);
      pair.a.publish([typing('two')]);
      await expect.poll(() => heard).toEqual([typing('one'), typing('two')]);
    });

    test('who stopped listening hears nothing more, and stops nobody else', async () => {
      await using pair = await makePair();
      const stopped = listen(pair.a);
      const stays = listen(pair.a);
      pair.a.publish([typing('one')]);
      await expect.poll(() => stopped.heard).toEqual([typing('one')]);
      stopped.stop();
      stopped.stop();
      pair.a.publish([typing('two')]);
      await expect.poll(() => stays.heard).toEqual([typing('one'), typing('two')]);
      expect(stopped.heard).toEqual([typing('one')]);
    });

    test('what a listener publishes is heard after what it heard', async () => {
      await using pair = await makePair();
      let answered = false;
      pair.a.subscribe(() => {
        if (!answered) pair.a.publish([typing('answer')]);
        answered = true;
      });
      const { heard } = listen(pair.a);
      pair.a.publish([typing('question')]);
      await expect.poll(() => heard).toEqual([typing('question'), typing('answer')]);
    });

    test('nothing stands in a text that could be taken for the end of a message', async () => {
      await using pair = await makePair();
      const { heard } = listen(pair.b);
      const strange = typing('one two\n\r\u2028 conversation 0 {} 😀 \ud800');
      pair.a.publish([strange, typing('after')]);
      await expect.poll(() => heard).toEqual([strange, typing('after')]);
    });

    test('publishing on a closed bus is dropped without an error', async () => {
      await using pair = await makePair();
      await pair.a.close();
      expect(() => pair.a.publish([typing('late')])).not.toThrow();
    });
  });
}

function listen(bus: Bus) {
  const batches: BusMessage[][] = [];
  const heard: BusMessage[] = [];
  const stop = bus.subscribe((messages) => {
    batches.push([...messages]);
    heard.push(...messages);
  });
  return { batches, heard, stop };
}

/** What a bus keeps in order, for each conversation and user. */
function byId(messages: readonly BusMessage[]): Record<string, BusMessage[]> {
  const groups: Record<string, BusMessage[]> = {};
  for (const message of messages) {
    const { id } = subjectOf(message);
    groups[id] = [...(groups[id] ?? []), message];
  }
  return groups;
}

const conversationId = randomUUID();

function typing(userId: string): BusMessage {
  return { kind: 'signal', signal: { type: 'typing', conversationId, userId, typing: true } };
}

const oneOfEach: BusMessage[] = [
  {
    kind: 'conversation',
    conversationId,
    from: 7,
    to: 7,
    events: [{ type: 'member.left', conversationId, change: 7, userId: 'bob', memberCount: 2 }],
  },
  { kind: 'user', userId: 'bob', change: 3, events: [{ type: 'me.sessions', userChange: 3 }] },
  { kind: 'read', event: { type: 'conversation.read', conversationId, userId: 'bob', readSeq: 4 } },
  typing('bob'),
  { kind: 'sessionsRevoked', userId: 'bob', sessionIds: [randomUUID()], close: 'SESSION_REVOKED' },
];
