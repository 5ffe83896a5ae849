import type { NexoErrorData, StreamItem } from '@nexo/shared';
import { type LeanWebSocketEvents, type LeanWebSocketOptions, openWebSocket } from './web-socket.ts';

/**
 * The tRPC WebSocket protocol with as little as possible around it. It is the real wire (connection parameters, mutations, the
 * `sync.events` subscription) and none of the engine: no store, no reducer, no reconnecting.
 */
export interface WireClient {
  /** Calls a procedure; rejects with a {@link WireError}. */
  call<T>(kind: 'query' | 'mutation', path: string, input: unknown): Promise<T>;
  /** Sends a prepared request whose id is at least {@link preparedFrom}; its answer comes to `answered` of the events. */
  send(json: string): void;
  /** Starts `sync.events`; resolves when the server says that it has started. */
  subscribe(): Promise<void>;
  /** Bytes that came in so far. */
  bytesRead(): number;
  close(): void;
}

export interface WireEvents {
  items(items: readonly StreamItem[]): void;
  /** The answer to a prepared request. */
  answered(id: number, result: unknown, error: NexoErrorData | undefined): void;
  closed(code: number): void;
  /** The server wants this socket to be opened anew, elsewhere if there is an elsewhere. */
  askedToReconnect?(): void;
}

/** A refusal by the server, or the end of the connection (`data` undefined). */
export class WireError extends Error {
  readonly data: NexoErrorData | undefined;

  constructor(message: string, data: NexoErrorData | undefined) {
    super(message);
    this.name = 'WireError';
    this.data = data;
  }
}

interface Frame {
  id?: number | null;
  method?: string;
  result?: { type: 'data' | 'started' | 'stopped'; data?: unknown };
  error?: { message: string; data?: { nexo?: NexoErrorData } };
}

/** Source addresses that crowds are spread over. */
const loopbackAddresses = 16;

/** One of several addresses of this machine for the n-th socket: one address has ports for 28,000 only, and bounds of its own. */
export function loopbackAddress(n: number): string {
  return `127.0.0.${2 + (n % loopbackAddresses)}`;
}

const subscriptionId = 1;
/** Prepared requests count from here, calls below it. */
export const preparedFrom = 1_000;

/** Connects and authenticates with an access token. Rejects when the socket closes before it is open. */
export function connectWire(
  port: number,
  accessToken: string,
  events: WireEvents,
  options: LeanWebSocketOptions = {},
): Promise<WireClient> {
  return new Promise((resolve, reject) => {
    const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
    let nextId = subscriptionId + 1;
    let ended: WireError | undefined;

    const socketEvents: LeanWebSocketEvents = {
      open() {
        socket.send(JSON.stringify({ method: 'connectionParams', data: { token: accessToken } }));
        resolve(client);
      },
      message(buffer, start, end) {
        if (end - start === 4 && buffer.toString('latin1', start, end) === 'PING') socket.send('PONG');
        else receive(parse(buffer, start, end));
      },
      close(code) {
        const error = new WireError(`The socket closed with ${code}.`, undefined);
        ended = error;
        for (const call of waiting.values()) call.reject(error);
        waiting.clear();
        events.closed(code);
        reject(error);
      },
    };
    const socket = openWebSocket(port, '/trpc?connectionParams=1', socketEvents, options);

    function receive(frame: Frame): void {
      const { id, result, error } = frame;
      if (id === undefined || id === null) {
        if (error !== undefined) for (const call of waiting.values()) call.reject(new WireError(error.message, error.data?.nexo));
        if (frame.method === 'reconnect') events.askedToReconnect?.();
        return;
      }
      if (id === subscriptionId && result?.type === 'data') {
        events.items(result.data as StreamItem[]);
      } else if (id >= preparedFrom) {
        events.answered(id, result?.data, error?.data?.nexo ?? (error === undefined ? undefined : unexplained));
      } else {
        const call = waiting.get(id);
        waiting.delete(id);
        if (error !== undefined) call?.reject(new WireError(error.message, error.data?.nexo));
        else call?.resolve(result?.data);
      }
    }

    function request<T>(id: number, method: string, path: string, input: unknown): Promise<T> {
      if (ended !== undefined) return Promise.reject(ended);
      return new Promise<T>((resolveCall, rejectCall) => {
        waiting.set(id, { resolve: (value) => resolveCall(value as T), reject: rejectCall });
        socket.send(JSON.stringify({ id, method, params: { path, input } }));
      });
    }

    const client: WireClient = {
      call(kind, path, input) {
        const id = nextId;
        nextId = nextId + 1 === preparedFrom ? subscriptionId + 1 : nextId + 1;
        return request(id, kind, path, input);
      },
      send: (json) => socket.send(json),
      bytesRead: () => socket.bytesRead(),
      subscribe: () => request(subscriptionId, 'subscription', 'sync.events', undefined),
      close: () => socket.close(),
    };
  });
}

const unexplained: NexoErrorData = { code: 'INTERNAL', retryable: false };

/**
 * The server writes the very same bytes to every receiver of an event, so the last few frames are kept: a frame that equals one
 * of them byte for byte is not parsed again. Ordinary receivers sit on machines of their own and do not share a parser's core.
 */
const recent: { bytes: Buffer; length: number; frame: Frame }[] = [];
const recentMax = 4;
let oldest = 0;

function parse(buffer: Buffer, start: number, end: number): Frame {
  const length = end - start;
  for (const entry of recent) {
    if (entry.length === length && buffer.compare(entry.bytes, 0, length, start, end) === 0) return entry.frame;
  }
  const frame = JSON.parse(buffer.toString('utf8', start, end)) as Frame;
  if (frame.id === subscriptionId) {
    const entry = { bytes: Buffer.from(buffer.subarray(start, end)), length, frame };
    recent[oldest] = entry;
    oldest = (oldest + 1) % recentMax;
  }
  return frame;
}
