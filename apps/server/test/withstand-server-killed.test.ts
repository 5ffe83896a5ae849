import { createTestDatabase } from '@nexo/db/testing';
import { checkHistory, readStored, type SendRecord } from '@nexo/lab/check';
import { loginPerson, type Person, registerPerson, startServerProcess } from '@nexo/lab/harness';
import { expect, it, onTestFinished, vi } from 'vitest';

const names = ['alice', 'bob', 'carol'];
const messagesEach = 200;
/** The server dies when this many are acknowledged, each time with others on their way. */
const kills = [100, 300];

it('kill -9 of the server under load: every acknowledged message is in Postgres and in every reconnected client once; unacknowledged ones are resent by the outbox and end up once', async () => {
  await using database = await createTestDatabase();
  let server = await startServerProcess({ databaseUrl: database.url, code: 'source' });
  onTestFinished(() => server.stop());
  const { port, url } = server;

  const people: Person[] = [];
  for (const name of names) {
    const person = await registerPerson(url, name);
    onTestFinished(() => person.client.stop());
    people.push(person);
  }
  const { id: conversationId } = await (people[0] as Person).client.groups.create({ name: 'Fire', memberIds: names.slice(1) });
  for (const { client } of people) {
    await vi.waitFor(() => expect(client.store.conversation(conversationId).get()).toBeDefined());
  }

  const sends: SendRecord[] = [];
  let acked = 0;
  const sending = people.flatMap(({ id, client }) =>
    Array.from({ length: messagesEach }, async (_, i) => {
      const text = `${id} says ${i}`;
      const { clientMessageId, acknowledged } = client.messages.send(conversationId, text);
      const record: SendRecord = { conversationId, senderId: id, clientMessageId, text, outcome: 'unknown', ackedSeqs: [] };
      sends.push(record);
      const message = await acknowledged;
      acked++;
      Object.assign(record, { outcome: 'acked', ackedSeqs: [message.seq] });
    }),
  );

  for (const kill of kills) {
    await vi.waitFor(() => expect(acked).toBeGreaterThanOrEqual(kill), { timeout: 20_000, interval: 1 });
    const told = structuredClone(sends);
    await server.kill();
    expect(acked).toBeLessThan(sends.length);
    // With the server dead, the database alone has to hold everything that anybody was told is safe.
    const { stored, heads } = await readStored(database.db.sql, [conversationId]);
    expect(checkHistory({ sends: told, stored, heads, readings: [] })).toEqual([]);
    server = await startServerProcess({ databaseUrl: database.url, code: 'source', port });
  }
  await Promise.all(sending);

  const cold = await loginPerson(url, 'alice', { platform: 'ios' });
  onTestFinished(() => cold.client.stop());
  const { stored, heads } = await readStored(database.db.sql, [conversationId]);
  for (const { client } of people) {
    await vi.waitFor(() => expect(client.store.conversation(conversationId).get()?.head.seq).toBe(stored.length), 10_000);
    expect(client.store.outbox.get()).toEqual({ pending: 0, failed: 0 });
  }
  const readings = await Promise.all([...people, cold].map((person) => person.read(conversationId)));
  expect(checkHistory({ sends, stored, heads, readings }, { senderOrder: true })).toEqual([]);
  for (const person of people) {
    const announced = person.announced(conversationId);
    expect(announced).toEqual([...new Set(announced)].sort((a, b) => a - b));
  }
}, 60_000);
