import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits, newId, type StreamItem } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Batch, Item, plainFrames } from '../../src/gateway/batch.ts';
import { Flusher } from '../../src/gateway/flusher.ts';
import { SocketSession } from '../../src/gateway/session.ts';
import { aMessage, eventually, itemsOf, liveClient, rawSocket, startTestServer, subscribeToEvents, textOf } from './harness.ts';

const kilobytes = (count: number) => 'x'.repeat(count * 1024);

/** A session over a real connection, without the rest of the server. */
async function sessionPair(drainMaxMs: number) {
  const http = createServer();
  const wss = new WebSocketServer({ noServer: true });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<{ ws: WebSocket; wire: Duplex }>((resolve) => {
    http.on('upgrade', (req, wire, head) => wss.handleUpgrade(req, wire, head, (ws) => resolve({ ws, wire })));
  });
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const frames: string[] = [];
  client.on('message', (data) => frames.push(String(data)));
  const closed = new Promise<number>((resolve) => client.on('close', resolve));
  const { ws, wire } = await accepted;
  await new Promise((resolve) => client.once('open', resolve));
  const session = new SocketSession({
    ws,
    wire,
    frames: plainFrames,
    flusher: new Flusher(),
    emptyBatch: Batch.empty(),
    drainMaxMs,
  });
  session.subscribe(1);
  return {
    session,
    client,
    wire,
    frames,
    closed,
    async [Symbol.asyncDispose]() {
      client.terminate();
      ws.terminate();
      await closed;
      http.close();
    },
  };
}

const message = (change: number, text: string): StreamItem => ({
  type: 'message.sent',
  conversationId: newId(),
  change,
  message: {
    id: newId(),
    conversationId: newId(),
    seq: change,
    change,
    clientMessageId: newId(),
    senderId: 'ann',
    content: { type: 'text', text },
    countable: true,
    countableSeq: change,
    sentAt: 0,
  },
});

const typing: StreamItem = { type: 'typing', conversationId: newId(), userId: 'ann', typing: true };

describe('G12 the queue of one socket', () => {
  it('is bounded whatever comes and however long nobody reads', async () => {
    await using pair = await sessionPair(60_000);
    pair.client.pause();
    const item = new Item(message(1, kilobytes(16)));
    let most = 0;
    // A hundred times the bound.
    for (let i = 0; i < 6_400; i++) {
      pair.session.enqueue(item);
      most = Math.max(most, pair.session.outboundBytes);
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(most).toBeLessThanOrEqual(limits.outboundHardMaxBytes + item.bytes + limits.outboundFrameBytes);
  });

  it('drops signals before events', async () => {
    await using pair = await sessionPair(60_000);
    pair.client.pause();
    const item = new Item(message(1, kilobytes(16)));
    while (pair.session.outboundBytes <= limits.outboundSoftMaxBytes) {
      pair.session.enqueue(item);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const before = pair.session.outboundBytes;
    pair.session.enqueue(new Item(typing, { droppable: true }));
    expect(pair.session.outboundBytes).toBe(before);
    pair.session.enqueue(new Item(message(2, 'short')));
    expect(pair.session.outboundBytes).toBeGreaterThan(before);
  });

  it('is forgotten when it is full, and owes one resync once the socket has drained', async () => {
    await using pair = await sessionPair(60_000);
    pair.client.pause();
    let change = 0;
    for (let i = 0; i < 200; i++) {
      for (let j = 0; j < 50; j++) pair.session.enqueue(new Item(message(++change, kilobytes(4))));
      await new Promise((resolve) => setImmediate(resolve));
    }
    pair.client.resume();
    await eventually(() => expect(itemsOf(pair.frames).at(-1)?.type).toBe('resync'));
    pair.session.enqueue(new Item(message(++change, 'afterwards')));
    await eventually(() => expect(textOf(itemsOf(pair.frames))).toContain('afterwards'));
    const items = itemsOf(pair.frames);
    expect(items.filter((item) => item.type === 'resync')).toHaveLength(1);
    // What did come before the resync has no hole in it.
    const changes = items.slice(0, -2).flatMap((item) => ('change' in item ? [item.change] : []));
    expect(changes).toEqual(changes.map((_, i) => i + 1));
  });

  it('is closed with SLOW_CONSUMER when it does not drain in time', async () => {
    await using pair = await sessionPair(100);
    pair.client.pause();
    const item = new Item(message(1, kilobytes(16)));
    await eventually(async () => {
      for (let i = 0; i < 200; i++) pair.session.enqueue(item);
      await new Promise((resolve) => setImmediate(resolve));
      expect(pair.session.closedAs).toBe('SLOW_CONSUMER');
    });
  });
});

describe('G12 one consumer that does not read', () => {
  it('harms nobody, and catches up when it reads again', async () => {
    await using server = await startTestServer();
    const ann = await server.user('ann');
    const ben = await server.user('ben');
    const chat = await ann.http.groups.create.mutate({ name: 'busy', memberIds: ['ben'] });
    await using healthy = await liveClient(server.url, ann.token);
    await using slow = await rawSocket(server.url, { token: ben.token });
    slow.send(subscribeToEvents(1));
    await eventually(() => expect(slow.frames).toHaveLength(1));
    slow.ws.pause();
    const count = 1_200;
    let sent = 0;
    while (sent < count) {
      const batch = Array.from({ length: 15 }, () => aMessage(chat.id, `${++sent} ${kilobytes(15)}`));
      await Promise.all(batch.map((one) => ann.http.messages.send.mutate(one)));
    }
    await eventually(() => expect(textOf(healthy.items)).toHaveLength(count));
    expect(healthy.items.map((item) => item.type)).not.toContain('resync');
    slow.ws.resume();
    await eventually(() => expect(itemsOf(slow.frames).at(-1)?.type).toBe('resync'));
    await ann.http.messages.send.mutate(aMessage(chat.id, 'afterwards'));
    await eventually(() => expect(textOf(itemsOf(slow.frames)).at(-1)).toBe('afterwards'));
    expect(textOf(itemsOf(slow.frames)).length).toBeLessThan(count);
  });

  it('may take its time over one answer that is larger than all that may be owed, and is closed when that is over', async () => {
    await using patient = await sessionPair(60_000);
    patient.client.pause();
    const large = kilobytes(limits.outboundCeilingBytes / 1024 + 1);
    patient.session.respond(large);
    patient.session.respond('small');
    expect(patient.session.closedAs).toBeUndefined();
    patient.client.resume();
    await eventually(() => expect(patient.frames.map((frame) => frame.length)).toEqual([large.length, 5]));
    await using hurried = await sessionPair(50);
    hurried.client.pause();
    hurried.session.respond(large);
    await eventually(() => expect(hurried.session.closedAs).toBe('SLOW_CONSUMER'));
  });

  it('may not have two such answers', async () => {
    await using pair = await sessionPair(60_000);
    pair.client.pause();
    for (const _ of [1, 2]) pair.session.respond(kilobytes(limits.outboundCeilingBytes / 1024 + 1));
    expect(pair.session.closedAs).toBe('SLOW_CONSUMER');
  });

  it('may not pile up answers either: nothing more is begun until it reads', async () => {
    await using server = await startTestServer();
    const ann = await server.user('ann');
    const chat = await ann.http.conversations.openDirect.mutate({ userId: 'ann' });
    for (let i = 0; i < 6; i++) await ann.http.messages.send.mutate(aMessage(chat.id, kilobytes(15)));
    await using slow = await rawSocket(server.url, { token: ann.token });
    const list = { method: 'query', params: { path: 'messages.list', input: { conversationId: chat.id, limit: 100 } } };
    const rename = { id: 'last', method: 'mutation', params: { path: 'users.update', input: { displayName: 'Renamed' } } };
    slow.ws.pause();
    // So long that not even the buffers of the network hold them all: the rest stays with the client while the server does not read.
    const count = 600;
    for (let id = 0; id < count; id++) slow.send(JSON.stringify({ id, ...list }) + ' '.repeat(40 * 1024));
    slow.send(rename);
    let before = -1;
    await eventually(
      () => {
        const still = slow.ws.bufferedAmount === before;
        before = slow.ws.bufferedAmount;
        expect(still && before > 0).toBe(true);
      },
      { interval: 1_000 },
    );
    expect((await ann.http.users.me.query()).displayName).toBe('ann');
    slow.ws.resume();
    await eventually(() => expect(slow.frames).toHaveLength(count + 1));
    expect((await ann.http.users.me.query()).displayName).toBe('Renamed');
  });

  it('is closed when the answers it asked for grow above the ceiling', async () => {
    await using server = await startTestServer();
    const ann = await server.user('ann');
    const chat = await ann.http.conversations.openDirect.mutate({ userId: 'ann' });
    for (let i = 0; i < 30; i++) await ann.http.messages.send.mutate(aMessage(chat.id, kilobytes(15)));
    await using slow = await rawSocket(server.url, { token: ann.token });
    const list = { method: 'query', params: { path: 'messages.list', input: { conversationId: chat.id, limit: 100 } } };
    slow.ws.pause();
    for (let id = 0; id < 100; id++) slow.send({ id, ...list });
    await eventually(() => expect(server.gateway.connectionCount()).toBe(0));
  });
});
