import type { Sql } from '@nexo/db';
import { checkHistory, readStored, type SendRecord } from '@nexo/lab/check';
import { type Person, registerPerson } from '@nexo/lab/harness';
import { expect, onTestFinished, vi } from 'vitest';

const names = ['alice', 'bob', 'carol'];

/** Three people with the real engine who share some groups. */
export interface Gathering {
  people: Person[];
  conversationIds: string[];
}

type PersonOptions = Parameters<typeof registerPerson>[2];

export async function gather(
  url: string,
  groups: number,
  optionsOf = (_name: string): PersonOptions => ({}),
): Promise<Gathering> {
  const people: Person[] = [];
  for (const name of names) {
    const person = await registerPerson(url, name, optionsOf(name));
    onTestFinished(() => person.client.stop());
    people.push(person);
  }
  const conversationIds = await Promise.all(
    Array.from({ length: groups }, async (_, i) => {
      const group = await people[0]?.client.groups.create({ name: `Group ${i}`, memberIds: names.slice(1) });
      if (group === undefined) throw new Error('nobody');
      return group.id;
    }),
  );
  for (const { client } of people) {
    for (const id of conversationIds) await vi.waitFor(() => expect(client.store.conversation(id).get()).toBeDefined());
  }
  return { people, conversationIds };
}

/** Sends that are under way. */
export interface Fire {
  /** Filled in as answers come. */
  sends: SendRecord[];
  acked(): number;
  /** Resolves when every one is acknowledged; rejects when one is refused for good. */
  done: Promise<unknown>;
}

/** Everybody sends to every group at once: an engine has one message of a conversation on the wire, and the rest in its outbox. */
export function openFire({ people, conversationIds }: Gathering, messagesEach: number): Fire {
  const sends: SendRecord[] = [];
  let acked = 0;
  const sending = people.flatMap(({ id, client }) =>
    conversationIds.flatMap((conversationId) =>
      Array.from({ length: messagesEach }, async (_, i) => {
        const text = `${id} says ${i}`;
        const { clientMessageId, acknowledged } = client.messages.send(conversationId, text);
        const record: SendRecord = { conversationId, senderId: id, clientMessageId, text, outcome: 'unknown', ackedSeqs: [] };
        sends.push(record);
        const message = await acknowledged;
        acked++;
        record.outcome = 'acked';
        record.ackedSeqs = [message.seq];
      }),
    ),
  );
  return { sends, acked: () => acked, done: Promise.all(sending) };
}

/** The same without an end: everybody sends on, one message of a conversation after the other, until it is stopped. */
export function sustainFire({ people, conversationIds }: Gathering) {
  const sends: SendRecord[] = [];
  let stopped = false;
  const sending = people.flatMap(({ id, client }) =>
    conversationIds.map(async (conversationId) => {
      for (let i = 0; !stopped; i++) {
        const text = `${id} says ${i}`;
        const { clientMessageId, acknowledged } = client.messages.send(conversationId, text);
        const record: SendRecord = { conversationId, senderId: id, clientMessageId, text, outcome: 'unknown', ackedSeqs: [] };
        sends.push(record);
        const message = await acknowledged;
        record.outcome = 'acked';
        record.ackedSeqs = [message.seq];
      }
    }),
  );
  const done = Promise.all(sending);
  done.catch(() => {});
  return {
    sends,
    acked: () => sends.filter(({ outcome }) => outcome === 'acked').length,
    /** Resolves when the last ones are acknowledged; rejects when one was refused for good. */
    async stop() {
      stopped = true;
      await done;
    },
  };
}

/** Waits until everybody has everything, and finds out whether all of it is right: in the database, and with everybody. */
export async function checkAfterFire(
  sql: Sql,
  { people, conversationIds }: Gathering,
  sends: readonly SendRecord[],
): Promise<void> {
  const { stored, heads } = await readStored(sql, conversationIds);
  for (const { client } of people) {
    for (const head of heads) {
      const view = client.store.conversation(head.conversationId);
      await vi.waitFor(() => expect(view.get()?.head.seq).toBe(head.seq), 10_000);
    }
    expect(client.store.outbox.get()).toEqual({ pending: 0, failed: 0 });
  }
  const readings = await Promise.all(people.flatMap((person) => conversationIds.map((id) => person.read(id))));
  expect(checkHistory({ sends, stored, heads, readings }, { senderOrder: true })).toEqual([]);
}
