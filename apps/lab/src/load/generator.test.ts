import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { startChild } from './child.ts';
import type { GeneratorCommand, GeneratorMessage, Latency, Plan } from './plan.ts';
import { mergeParts, readRecordings } from './result.ts';
import { sharedNowMs } from './run-clock.ts';

const stallMs = 1_000;

it('a server that stalls for a second cannot hide what waited meanwhile: latencies run from the intended moment', async () => {
  const steady = await play(await serve());
  expect(steady.errors).toEqual({});
  expect(steady.acked).toBe(steady.intended);

  const stalled = await play(await serve({ stallAfter: 150 }));
  expect(stalled.acked).toBe(stalled.intended);
  expect(stalled.intended).toBe(steady.intended);
  expect(stalled.ack.max).toBeGreaterThan(0.9 * stallMs * 1000);
  // Two users with sixteen requests each: whoever only measured those would find 32 slow ones in 400, and a fine p90.
  expect(stalled.ack.p90).toBeGreaterThan(0.3 * stallMs * 1000);
  expect(stalled.ack.p90).toBeGreaterThan(10 * steady.ack.p90);
}, 30_000);

/** The wire of one direct conversation, without a database behind it. Answers nothing for a while after so many sends. */
async function serve({ stallAfter = Number.POSITIVE_INFINITY } = {}): Promise<number> {
  const listener = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => listener.close());
  const sockets = new Set<WebSocket>();
  let seq = 0;
  let held: (() => void)[] | null = null;
  const whenFlowing = (work: () => void) => (held === null ? work() : held.push(work));
  const send = (socket: WebSocket, id: number, data: unknown) =>
    socket.send(JSON.stringify({ id, result: { type: 'data', data } }));

  listener.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('message', (raw) => {
      const { id, method, params } = JSON.parse(String(raw));
      if (method === 'connectionParams') return;
      if (method === 'subscription') return socket.send(JSON.stringify({ id, result: { type: 'started' } }));
      if (params.path === 'sync.snapshot') {
        return send(socket, id, { items: [{ id: 'c', head: { seq: 0, change: 0 } }], nextCursor: null });
      }
      if (params.path === 'sync.changes') return send(socket, id, { kind: 'changes', messages: [], head: { seq, change: seq } });
      whenFlowing(() => {
        seq++;
        const { conversationId, clientMessageId, content } = params.input;
        const message = { conversationId, clientMessageId, content, seq, change: seq };
        send(socket, id, { message, deduplicated: false });
        for (const other of sockets) send(other, 1, [{ type: 'message.sent', conversationId, change: seq, message }]);
        if (seq !== stallAfter) return;
        held = [];
        setTimeout(() => {
          const waiting = held ?? [];
          held = null;
          for (const work of waiting) work();
        }, stallMs);
      });
    });
  });
  await new Promise((resolve) => listener.once('listening', resolve));
  return (listener.address() as AddressInfo).port;
}

async function play(port: number): Promise<{ intended: number; acked: number; errors: Record<string, number>; ack: Latency }> {
  const folder = mkdtempSync(join(tmpdir(), 'nexo-lab-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const plan: Plan = {
    ports: [port],
    users: ['a', 'b'].map((id) => ({ id, accessToken: id })),
    conversations: [{ id: 'c', members: [0, 1] }],
    streams: [
      {
        name: 'all',
        rate: 200,
        places: [
          [0, 0],
          [1, 0],
        ],
      },
    ],
    pace: 'open',
    arrivals: 'constant',
    outstanding: 16,
    warmUpSeconds: 0.5,
    seconds: 2,
    seed: 1,
    textBytes: 'people',
    generators: 1,
    part: 0,
    startedAt: Date.now(),
    recordingFile: join(folder, 'recording'),
  };
  const generator = startChild<GeneratorCommand, GeneratorMessage>(new URL('./generator.ts', import.meta.url));
  onTestFinished(generator.end);
  generator.tell({ type: 'plan', plan });
  await generator.next('connected');
  generator.tell({ type: 'start', atMs: sharedNowMs() + 50 });
  const { lastSeqs } = await generator.next('answered');
  generator.tell({ type: 'finish', lastSeqs });
  const { part } = await generator.next('done');
  return mergeParts(plan, [part], readRecordings([plan.recordingFile]));
}
