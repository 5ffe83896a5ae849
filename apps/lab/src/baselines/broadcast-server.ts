import { EventEmitter, on } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { initTRPC } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { serveParent } from '../load/child.ts';
import type { BaselineMessage, BroadcastCommand } from './messages.ts';

/**
 * Says one thing to a thousand sockets as often as they take it: bare `ws` with one prebuilt buffer, the same with ten writes
 * gathered in one, or a subscription of tRPC's own WebSocket adapter.
 */
interface Crowd {
  wires: Set<Socket>;
  listening: number;
}

/** Writes of one socket that leave together in `gathered`. */
const gatheredWrites = 10;
/** A socket that is owed this much is waited for. */
const owedMaxBytes = 64 * 1024;

serveParent<BroadcastCommand, BaselineMessage>(async (command, tell) => {
  const http = createServer();
  const crowd: Crowd = { wires: new Set(), listening: 0 };
  const wss = new WebSocketServer({ server: http, perMessageDeflate: false });
  const sockets = new Set<WebSocket>();
  wss.on('connection', (socket, req) => {
    sockets.add(socket);
    crowd.wires.add(req.socket);
    if (command.kind !== 'stock') crowd.listening++;
  });
  const emitter = new EventEmitter().setMaxListeners(0);
  if (command.kind === 'stock') serveStock(wss, emitter, crowd);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  tell({ type: 'listening', port: (http.address() as AddressInfo).port });

  while (crowd.listening < command.sockets) await nextTurn();
  const text = 'x'.repeat(command.messageBytes);
  const buffer = Buffer.from(text);
  const endAt = performance.now() + command.seconds * 1000;
  let frames = 0;
  while (performance.now() < endAt) {
    if (command.kind === 'stock') {
      emitter.emit('said', text);
      frames += sockets.size;
    } else {
      const times = command.kind === 'plain' ? 1 : gatheredWrites;
      for (const socket of sockets) sendTimes(socket, buffer, times);
      frames += sockets.size * times;
    }
    do await nextTurn();
    while ([...crowd.wires].some((wire) => wire.writableLength > owedMaxBytes));
  }
  tell({ type: 'broadcasted', frames });
});

function sendTimes(socket: WebSocket, buffer: Buffer, times: number): void {
  if (times === 1) {
    socket.send(buffer, { binary: false });
    return;
  }
  const wire = (socket as unknown as { _socket: Socket })._socket;
  wire.cork();
  for (let i = 0; i < times; i++) socket.send(buffer, { binary: false });
  wire.uncork();
}

function serveStock(wss: WebSocketServer, emitter: EventEmitter, crowd: Crowd): void {
  const t = initTRPC.create();
  const router = t.router({
    said: t.procedure.subscription(async function* ({ signal }) {
      const events = on(emitter, 'said', signal === undefined ? {} : { signal });
      crowd.listening++;
      for await (const [text] of events) yield text as string;
    }),
  });
  applyWSSHandler({ wss, router });
}
