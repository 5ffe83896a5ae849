import { createDb, migrate } from '@nexo/db';
import { startTestPostgres } from '@nexo/db/testing';
import { checkHistory, readStored } from '@nexo/lab/check';
import { startServerProcess } from '@nexo/lab/harness';
import { limits, newId } from '@nexo/shared';
import { expect, it, onTestFinished, vi } from 'vitest';
import { gather, openFire } from './support/fire.ts';

const groups = 8;
const messagesEach = 40;
const killAtAcked = 200;
/** What "honestly" means: nobody waits longer than this for an answer of any kind. */
const answerWithinMs = 10_000;
const goesOnWithinMs = 10_000;

it('kill -9 of Postgres under load: sends are refused or wait honestly, go on within 10 s of its return, and nothing acknowledged is missing', async () => {
  await using postgres = await startTestPostgres({ durable: true });
  await migrate({ url: postgres.url });
  const server = await startServerProcess({ databaseUrl: postgres.url, code: 'source' });
  onTestFinished(() => server.stop());
  const gathering = await gather(server.url, groups);
  const { people, conversationIds } = gathering;
  const [alice] = people;
  const [conversationId] = conversationIds;
  if (alice === undefined || conversationId === undefined) throw new Error('nobody');
  const fire = openFire(gathering, messagesEach);

  await vi.waitFor(() => expect(fire.acked()).toBeGreaterThanOrEqual(killAtAcked), { timeout: 20_000, interval: 1 });
  await postgres.kill();
  expect(fire.acked()).toBeLessThan(fire.sends.length);

  // A call of its own, past the outbox that would try again for ever: the answer is a refusal that says "later".
  const askedAt = performance.now();
  const content = { type: 'text' as const, text: 'is anybody there?' };
  const answer = await alice.client.trpc.messages.send.mutate({ conversationId, clientMessageId: newId(), content }).then(
    () => 'acknowledged',
    (error: unknown) => nexoData(error),
  );
  expect(answer).toMatchObject({ code: expect.stringMatching(/^(UNAVAILABLE|OVERLOADED)$/), retryable: true });
  expect(performance.now() - askedAt).toBeLessThan(answerWithinMs);
  expect(server.alive()).toBe(true);
  const ackedWhileDead = fire.acked();

  await postgres.start();
  await vi.waitFor(() => expect(fire.acked()).toBeGreaterThan(ackedWhileDead), { timeout: goesOnWithinMs, interval: 5 });
  await fire.done;

  const db = createDb({ url: postgres.url, max: 1 });
  onTestFinished(() => db.close());
  const { stored, heads } = await readStored(db.sql, conversationIds);
  for (const { client } of people) {
    for (const head of heads) {
      const view = client.store.conversation(head.conversationId);
      await vi.waitFor(() => expect(view.get()?.head.seq).toBe(head.seq), limits.positionsEveryMs);
    }
    expect(client.store.outbox.get()).toEqual({ pending: 0, failed: 0 });
  }
  // What was refused while nobody could store it is not there either: the check would call it a phantom.
  const readings = await Promise.all(people.flatMap((person) => conversationIds.map((id) => person.read(id))));
  expect(checkHistory({ sends: fire.sends, stored, heads, readings }, { senderOrder: true })).toEqual([]);
}, 120_000);

function nexoData(error: unknown): unknown {
  return error instanceof Error && 'data' in error ? (error.data as { nexo?: unknown } | undefined)?.nexo : error;
}
