import { startChild } from '../load/child.ts';
import type { BaselineMessage, BroadcastCommand, BroadcastKind, ReceiversCommand, ReceiversMessage } from './messages.ts';

/** Deliveries a second of one message after the other to all sockets; the receivers are a process of their own. */
export async function runBroadcast(
  kind: BroadcastKind,
  sockets: number,
  seconds: number,
): Promise<{ deliveriesPerSecond: number; written: number; received: number }> {
  const server = startChild<BroadcastCommand, BaselineMessage>(new URL('./broadcast-server.ts', import.meta.url));
  const receivers = startChild<ReceiversCommand, ReceiversMessage>(new URL('./receivers.ts', import.meta.url));
  try {
    server.tell({ kind, sockets, seconds, messageBytes: 300 });
    const { port } = await server.next('listening');
    receivers.tell({ port, sockets, subscribe: kind === 'stock' });
    const { frames: written } = await server.next('broadcasted');
    const { frames: received, seconds: took } = await receivers.next('received');
    return { deliveriesPerSecond: Math.round(received / took), written, received };
  } finally {
    server.end();
    receivers.end();
  }
}
