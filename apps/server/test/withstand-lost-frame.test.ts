import { createTestDatabase } from '@nexo/db/testing';
import { type Person, registerPerson, startFaultProxy } from '@nexo/lab/harness';
import { limits } from '@nexo/shared';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startServer } from '../src/server.ts';

/** Instead of twenty seconds, so that the test takes less. */
const positionsEveryMs = 300;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

it('cursors are compared often enough that a lost frame is found within 30 s', () => {
  // The note itself may be the frame that is lost; the repair takes a moment.
  expect(limits.positionsEveryMs).toBeLessThanOrEqual(25_000);
});

it.each([
  ['the last one of a conversation that falls silent', false],
  ['one that others follow', true],
])('a socket that loses a frame while healthy, %s: found and repaired', async (_title, more) => {
  await using database = await createTestDatabase();
  const server = await startServer({ databaseUrl: database.url, port: 0, log: silent, timing: { positionsEveryMs } });
  onTestFinished(() => server.close());
  await using proxy = await startFaultProxy(server.port);

  const alice = await registerPerson(server.url, 'alice');
  const bob = await registerPerson(proxy.url, 'bob');
  for (const { client } of [alice, bob]) onTestFinished(() => client.stop());
  const { id } = await alice.client.conversations.openDirect('bob');
  await say(alice, id, 'hello');
  await vi.waitFor(() => expect(bob.announced(id)).toEqual([1]));

  const connectedSince = bob.client.store.connection.get();
  const lost = proxy.loseNext((text) => text.includes('message.sent') && text.includes('you will not see this'));
  await say(alice, id, 'you will not see this');
  expect(await lost).toContain('you will not see this');
  if (more) await say(alice, id, 'but this');

  await vi.waitFor(() => expect(bob.announced(id)).toEqual(more ? [1, 2, 3] : [1, 2]), { timeout: 10_000 });
  // Repaired over the very same socket, not by a new one.
  expect(bob.client.store.connection.get()).toBe(connectedSince);
  expect((await bob.read(id)).texts).toEqual(['hello', 'you will not see this', ...(more ? ['but this'] : [])]);
});

async function say(person: Person, conversationId: string, text: string): Promise<void> {
  await person.client.messages.send(conversationId, text).acknowledged;
}
