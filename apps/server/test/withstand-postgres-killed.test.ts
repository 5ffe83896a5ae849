import { createDb, migrate } from '@nexo/db';
import { startTestPostgres } from '@nexo/db/testing';
import { checkHistory, readStored, type SendRecord } from '@nexo/lab/check';
import { type Person, registerPerson, startServerProcess } from '@nexo/lab/harness';
import { limits } from '@nexo/shared';
import { expect, it, onTestFinished, vi } from 'vitest';

const names = ['alice', 'bob', 'carol'];
const messagesEach = 200;
const killAtAcked = 100;
/** What "honestly" means: nobody waits longer than this for an answer of any kind. */
const answerWithinMs = 10_000;

it('kill -9 of Postgres under load: sends are refused or wait honestly, go on within 10 s of its return, and nothing acknowledged is missing', async () => {
  await using postgres = await startTestPostgres({ durable: true });
  await migrate({ url: postgres.url });
  const server = await startServerProcess({ databaseUrl: postgres.url, code: 'source' });
  onTestFinished(() => server.stop());

  const people: Person[] = [];
  for (const name of names) {
    const person = await registerPerson(server.url, name);
    onTestFinished(() => person.client.stop());
    people.push(person);
  }
  const alice = people[0] as Person;
  const { id: conversationId } = await alice.client.groups.create({ name: 'Fire', memberIds: names.slice(1) });
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

  await vi.waitFor(() => expect(acked).toBeGreaterThanOrEqual(killAtAcked), { timeout: 20_000, interval: 1 });
  await postgres.kill();
  expect(acked).toBeLessThan(sends.length);

  // A call of its own, past the outbox that would try again for ever: the answer is a refusal that says "later".
  const askedAt = performance.now();
  const refusal = await alice.client.trpc.messages.send
    .mutate({ conversationId, clientMessageId: crypto.randomUUID(), content: { type: 'text', text: 'is anybody there?' } })
    .then(
      () => 'acknowledged',
      (error: unknown) => nexoData(error),
    );
  expect(refusal).toMatchObject({ code: expect.stringMatching(/^(UNAVAILABLE|OVERLOADED)$/), retryable: true });
  expect(performance.now() - askedAt).toBeLessThan(answerWithinMs);
  expect(server.alive()).toBe(true);
  const ackedWhileDead = acked;

  await postgres.start();
  const backAt = performance.now();
  await vi.waitFor(() => expect(acked).toBeGreaterThan(ackedWhileDead), { timeout: 10_000, interval: 5 });
  expect(performance.now() - backAt).toBeLessThan(10_000);
  await Promise.all(sending);

  const db = createDb({ url: postgres.url, max: 1 });
  onTestFinished(() => db.close());
  const { stored, heads } = await readStored(db.sql, [conversationId]);
  const asked = stored.find((row) => row.text === 'is anybody there?');
  expect(asked).toBeUndefined();
  for (const { client } of people) {
    await vi.waitFor(
      () => expect(client.store.conversation(conversationId).get()?.head.seq).toBe(stored.length),
      limits.positionsEveryMs,
    );
    expect(client.store.outbox.get()).toEqual({ pending: 0, failed: 0 });
  }
  const readings = await Promise.all(people.map((person) => person.read(conversationId)));
  expect(checkHistory({ sends, stored, heads, readings }, { senderOrder: true })).toEqual([]);
}, 90_000);

function nexoData(error: unknown): unknown {
  return error instanceof Error && 'data' in error ? (error.data as { nexo?: unknown } | undefined)?.nexo : error;
}
