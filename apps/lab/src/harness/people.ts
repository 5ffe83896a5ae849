import { type ChatClient, type ClientOptions, createClient, type Timeline } from '@nexo/client';
import type { Reading } from '../check/index.ts';

/** Somebody with an account, logged in through the real engine. */
export interface Person {
  id: string;
  client: ChatClient;
  /** The seqs of the messages that the engine announced of a conversation, in its order. */
  announced(conversationId: string): number[];
  /** Everything that this person's timeline shows of a conversation, from its first message on. */
  read(conversationId: string): Promise<Reading>;
}

const password = 'correct horse battery staple';

/** Registers `id` at the server and connects. */
export async function registerPerson(url: string, id: string, options: Partial<ClientOptions> = {}): Promise<Person> {
  const person = follow(id, createClient({ url, transport: 'token', ...options }));
  await person.client.auth.register({ userId: id, password, displayName: id });
  await person.client.start();
  return person;
}

/** Logs somebody who has an account in on one more device, with nothing stored. */
export async function loginPerson(url: string, id: string, options: Partial<ClientOptions> = {}): Promise<Person> {
  const person = follow(id, createClient({ url, transport: 'token', ...options }));
  await person.client.auth.login({ userId: id, password });
  await person.client.start();
  return person;
}

function follow(id: string, client: ChatClient): Person {
  const announced = new Map<string, number[]>();
  client.on('message', ({ conversationId, seq }) => {
    announced.set(conversationId, [...(announced.get(conversationId) ?? []), seq]);
  });
  return {
    id,
    client,
    announced: (conversationId) => announced.get(conversationId) ?? [],
    async read(conversationId) {
      const timeline = client.store.timeline(conversationId);
      await client.conversations.loadNewest(conversationId);
      let rows = confirmedRows(timeline.get());
      // The engine holds a window, and lets its end go as older pages come in: each page is noted as it passes.
      while (timeline.get().hasBefore) {
        await client.conversations.loadBefore(conversationId);
        const first = rows[0]?.seq ?? Number.POSITIVE_INFINITY;
        rows = [...confirmedRows(timeline.get()).filter((row) => row.seq < first), ...rows];
      }
      return {
        reader: id,
        conversationId,
        fromSeq: 1,
        seqs: rows.map((row) => row.seq),
        clientMessageIds: rows.map((row) => row.key),
        texts: rows.map((row) => (row.content.type === 'text' ? row.content.text : '')),
      };
    },
  };
}

function confirmedRows(timeline: Timeline) {
  return timeline.items.flatMap((item) => (item.seq === undefined ? [] : [{ ...item, seq: item.seq }]));
}
