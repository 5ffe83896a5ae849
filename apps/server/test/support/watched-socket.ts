import type { ClientRequestArgs } from 'node:http';
import { type ClientOptions as SocketOptions, WebSocket } from 'ws';

/** What the sockets of one engine did. */
export interface SocketWatch {
  /** The node that each socket came to, in order. */
  nodes: string[];
  /** How often each procedure was called over them. */
  calls: Map<string, number>;
  /** How often each message was put on the wire. */
  sends: Map<string, number>;
  /** Close codes. */
  closes: number[];
}

/** A WebSocket for the engine that is the usual one, and notes what goes over it. */
export function watchedSocket(): { WebSocket: new (url: string) => WebSocket; watch: SocketWatch } {
  const watch: SocketWatch = { nodes: [], calls: new Map(), sends: new Map(), closes: [] };
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  class WatchedWebSocket extends WebSocket {
    constructor(url: string, options?: SocketOptions | ClientRequestArgs) {
      super(url, options);
      this.on('upgrade', ({ headers }) => watch.nodes.push(String(headers['nexo-node'] ?? '')));
      this.on('close', (code) => watch.closes.push(code));
    }

    override send(data: string): void {
      const { params } = data.startsWith('{') ? JSON.parse(data) : { params: undefined };
      if (params?.path !== undefined) count(watch.calls, params.path);
      if (params?.path === 'messages.send') count(watch.sends, params.input.clientMessageId);
      super.send(data);
    }
  }
  return { WebSocket: WatchedWebSocket, watch };
}
