import { createTestDatabase } from '@nexo/db/testing';
import { checkHistory, readStored } from '@nexo/lab/check';
import { loginPerson, startServerProcess } from '@nexo/lab/harness';
import { expect, it, onTestFinished, vi } from 'vitest';
import { gather, openFire } from './support/fire.ts';

const groups = 8;
const messagesEach = 40;
/** The server dies when this many are acknowledged, each time with others on their way. */
const kills = [150, 450];

it('kill -9 of the server under load: every acknowledged message is in Postgres and in every reconnected client once; unacknowledged ones are resent by the outbox and end up once', async () => {
  await using database = await createTestDatabase();
  let server = await startServerProcess({ databaseUrl: database.url, code: 'source' });
  onTestFinished(() => server.stop());
  const { port, url } = server;
  const gathering = await gather(url, groups);
  const { people, conversationIds } = gathering;
  const fire = openFire(gathering, messagesEach);

  for (const kill of kills) {
    await vi.waitFor(() => expect(fire.acked()).toBeGreaterThanOrEqual(kill), { timeout: 20_000, interval: 1 });
    const dying = server.kill();
    const told = structuredClone(fire.sends);
    await dying;
    expect(fire.acked()).toBeLessThan(fire.sends.length);
    // With the server dead, the database alone has to hold everything that anybody was told is safe.
    const survived = await readStored(database.db.sql, conversationIds);
    expect(checkHistory({ sends: told, ...survived, readings: [] })).toEqual([]);
    server = await startServerProcess({ databaseUrl: database.url, code: 'source', port });
  }
  await fire.done;

  const cold = await loginPerson(url, 'alice', { platform: 'ios' });
  onTestFinished(() => cold.client.stop());
  const { stored, heads } = await readStored(database.db.sql, conversationIds);
  for (const { client } of people) {
    for (const head of heads) {
      const view = client.store.conversation(head.conversationId);
      await vi.waitFor(() => expect(view.get()?.head.seq).toBe(head.seq), 10_000);
    }
    expect(client.store.outbox.get()).toEqual({ pending: 0, failed: 0 });
  }
  const readings = await Promise.all([...people, cold].flatMap((person) => conversationIds.map((id) => person.read(id))));
  expect(checkHistory({ sends: fire.sends, stored, heads, readings }, { senderOrder: true })).toEqual([]);
  for (const person of people) {
    for (const id of conversationIds) {
      const announced = person.announced(id);
      expect(announced).toEqual([...new Set(announced)].sort((a, b) => a - b));
    }
  }
}, 120_000);
