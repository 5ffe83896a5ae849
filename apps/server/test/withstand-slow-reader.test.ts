import type { Socket } from 'node:net';
import { createTestDatabase } from '@nexo/db/testing';
import { checkHistory, readStored, type SendRecord } from '@nexo/lab/check';
import { type Account, registerPerson, seedAccounts, startFaultProxy, startServerProcess } from '@nexo/lab/harness';
import { connectWire, WireError } from '@nexo/lab/wire';
import { limits, newId, type SendMessageResult } from '@nexo/shared';
import { expect, it, onTestFinished, vi } from 'vitest';
import { bareSocket, residentMiB, textFrame } from './support/bare-socket.ts';

const bytesPerSecond = 1024;
const messages = 1_600;
const inFlight = 16;
const text = 'x'.repeat(limits.messageTextMaxBytes - 16);
/** Sockets beside the slow person that are not read at all. Each asks under an id of its own, so that they share no frame. */
const stuckSockets = 10;
/** Half of it is what V8 takes when many large messages pass; queues without a bound would go on growing. */
const growthMaxMiB = 160;

it('a client that reads 1 KB/s in a busy group: server memory stays bounded, the others do not feel it, the slow one converges', async () => {
  await using database = await createTestDatabase();
  const server = await startServerProcess({ databaseUrl: database.url, code: 'source' });
  onTestFinished(() => server.stop());
  await using proxy = await startFaultProxy(server.port);

  const alice = await registerPerson(server.url, 'alice');
  const bob = await registerPerson(server.url, 'bob');
  const slow = await registerPerson(proxy.url, 'slow');
  for (const { client } of [alice, bob, slow]) onTestFinished(() => client.stop());
  const strangers = await seedAccounts(database.db, stuckSockets + 1);
  const memberIds = ['bob', 'slow', ...strangers.map((account) => account.id)];
  const { id: conversationId } = await alice.client.groups.create({ name: 'Busy', memberIds });
  for (const { client } of [bob, slow]) {
    await vi.waitFor(() => expect(client.store.conversation(conversationId).get()).toBeDefined());
  }
  const headOf = ({ client }: typeof alice) => client.store.conversation(conversationId).get()?.head.seq ?? 0;

  const slowItems: string[] = [];
  slow.client.on('item', (item) => slowItems.push(item.type));

  // A busy person, past the engine, which would send one message after the other.
  const [busy, ...stuck] = strangers;
  if (busy === undefined) throw new Error('nobody');
  const wire = await connectWire(server.port, busy.accessToken, { items: () => {}, answered: () => {}, closed: () => {} });
  onTestFinished(() => wire.close());
  const sends: SendRecord[] = [];
  const sendOne = async () => {
    const content = { type: 'text', text: `${text}${sends.length}` };
    const clientMessageId = newId();
    const record: SendRecord = {
      conversationId,
      senderId: busy.id,
      clientMessageId,
      text: content.text,
      outcome: 'acked',
      ackedSeqs: [],
    };
    sends.push(record);
    while (record.ackedSeqs.length === 0) {
      try {
        const result = await wire.call<SendMessageResult>('mutation', 'messages.send', {
          conversationId,
          clientMessageId,
          content,
        });
        record.ackedSeqs = [result.message.seq];
      } catch (error) {
        if (!(error instanceof WireError) || error.data?.retryable !== true) throw error;
        await new Promise((resolve) => setTimeout(resolve, error.data?.retryAfterMs ?? 50));
      }
    }
  };
  const send = async (count: number) => {
    const until = sends.length + count;
    const lines = Array.from({ length: inFlight }, async () => {
      while (sends.length < until) await sendOne();
    });
    await Promise.all(lines);
  };

  // Warm: what a server of this size needs anyway.
  await send(200);
  await vi.waitFor(() => expect(headOf(slow)).toBe(headOf(alice)));
  for (const [i, account] of stuck.entries()) {
    const socket = await stuckSocket(server.port, account, i);
    onTestFinished(() => void socket.destroy());
  }
  slowItems.length = 0;
  const beforeMiB = residentMiB(server.pid);
  proxy.slowDown(bytesPerSecond);

  let peakMiB = beforeMiB;
  const watch = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentMiB(server.pid));
  }, 50);
  onTestFinished(() => clearInterval(watch));
  await send(messages);

  // Bob has it all while the slow one has hardly begun.
  await vi.waitFor(() => expect(headOf(bob)).toBe(headOf(alice)), 5_000);
  expect(headOf(slow)).toBeLessThan(headOf(alice) - messages / 2);
  expect(peakMiB - beforeMiB).toBeLessThan(growthMaxMiB);
  clearInterval(watch);

  proxy.slowDown(null);
  await vi.waitFor(() => expect(headOf(slow)).toBe(headOf(alice)), 20_000);
  // What the server did not keep for it, it was told to fetch: beyond the buffers of the road, nothing stale was sent.
  expect(slowItems).toContain('resync');
  expect(slowItems.filter((type) => type === 'message.sent').length).toBeLessThan(messages / 2);
  const { stored, heads } = await readStored(database.db.sql, [conversationId]);
  const readings = await Promise.all([bob, slow].map((person) => person.read(conversationId)));
  expect(checkHistory({ sends, stored, heads, readings })).toEqual([]);
}, 120_000);

/** A member who subscribes and then reads nothing more. */
async function stuckSocket(port: number, account: Account, index: number): Promise<Socket> {
  const socket = await bareSocket(port, account.accessToken);
  socket.pause();
  socket.write(textFrame({ id: 1_000 + index, method: 'subscription', params: { path: 'sync.events' } }));
  return socket;
}
