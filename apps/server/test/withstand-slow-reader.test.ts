import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createTestDatabase } from '@nexo/db/testing';
import { checkHistory, readStored, type SendRecord } from '@nexo/lab/check';
import { type Account, registerPerson, seedAccounts, startFaultProxy, startServerProcess } from '@nexo/lab/harness';
import { limits } from '@nexo/shared';
import { expect, it, onTestFinished, vi } from 'vitest';

const bytesPerSecond = 1024;
const messages = 1_600;
const text = 'x'.repeat(limits.messageTextMaxBytes - 16);
/** Sockets beside the slow person that are not read at all. Each asks under an id of its own, so that they share no frame. */
const stuckSockets = 10;
/** What an unbounded server would keep for them is a quarter of a gigabyte. */
const growthMaxMiB = 110;

it('a client that reads 1 KB/s in a busy group: server memory stays bounded, the others do not feel it, the slow one converges', async () => {
  await using database = await createTestDatabase();
  const server = await startServerProcess({ databaseUrl: database.url, code: 'source' });
  onTestFinished(() => server.stop());
  await using proxy = await startFaultProxy(server.port);

  const alice = await registerPerson(server.url, 'alice');
  const bob = await registerPerson(server.url, 'bob');
  const slow = await registerPerson(proxy.url, 'slow');
  for (const { client } of [alice, bob, slow]) onTestFinished(() => client.stop());
  const stuck = await seedAccounts(database.db, stuckSockets);
  const memberIds = ['bob', 'slow', ...stuck.map((account) => account.id)];
  const { id: conversationId } = await alice.client.groups.create({ name: 'Busy', memberIds });
  for (const { client } of [bob, slow]) {
    await vi.waitFor(() => expect(client.store.conversation(conversationId).get()).toBeDefined());
  }
  const headOf = ({ client }: typeof alice) => client.store.conversation(conversationId).get()?.head.seq ?? 0;

  const sends: SendRecord[] = [];
  const send = async (count: number) => {
    const acknowledged = Array.from({ length: count }, async () => {
      const unique = `${text}${sends.length}`;
      const sent = alice.client.messages.send(conversationId, unique);
      const { clientMessageId } = sent;
      const record: SendRecord = {
        conversationId,
        senderId: 'alice',
        clientMessageId,
        text: unique,
        outcome: 'acked',
        ackedSeqs: [],
      };
      sends.push(record);
      const message = await sent.acknowledged;
      record.ackedSeqs = [message.seq];
    });
    await Promise.all(acknowledged);
  };

  // Warm: what a server of this size needs anyway.
  await send(200);
  await vi.waitFor(() => expect(headOf(slow)).toBe(headOf(alice)));
  for (const [i, account] of stuck.entries()) {
    const socket = stuckSocket(server.port, account, i);
    onTestFinished(() => void socket.destroy());
  }
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
  const { stored, heads } = await readStored(database.db.sql, [conversationId]);
  const readings = await Promise.all([bob, slow].map((person) => person.read(conversationId)));
  expect(checkHistory({ sends, stored, heads, readings }, { senderOrder: true })).toEqual([]);
}, 60_000);

/** A member who subscribes and then reads nothing more. */
function stuckSocket(port: number, account: Account, index: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.write(
    `GET /trpc?connectionParams=1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
  );
  socket.once('data', () => {
    socket.pause();
    socket.write(textFrame({ method: 'connectionParams', data: { token: account.accessToken } }));
    socket.write(textFrame({ id: 1_000 + index, method: 'subscription', params: { path: 'sync.events' } }));
  });
  return socket;
}

/** Masked with zeros, shorter than 126 or 65,536 bytes. */
function textFrame(value: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(value));
  const head = payload.length < 126 ? [0x81, 0x80 | payload.length] : [0x81, 0xfe, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

function residentMiB(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4096) / 2 ** 20;
}
