import { AppError, errorCodes, limits } from '@nexo/shared';
import type { Runtime, WebSocketLike } from '../types/options.ts';

/** A call is given up after this long; its outcome is then unknown. */
const requestTimeoutMs = 10_000;
/** Below `limits.unansweredMaxOperations`, so that the server never stops reading this socket. */
const inFlightMax = 24;
/** Calls that wait for one of those places. */
const queueMax = 10_000;
/** How long a probe may stay without any frame in answer before the socket counts as dead. */
const probeAnswerMs = 10_000;
/**
 * The same two waits while the device says that it has no network. A frame that was already on its way proves nothing about the
 * time after it, so a socket is asked again soon; one that truly goes on (a server on this machine) costs two tiny frames each time.
 */
const offlineSilenceMs = 1_000;
const offlineAnswerMs = 3_000;

/** An error object of the server, as it stands in a tRPC frame. */
export interface RpcErrorShape {
  code: number;
  message: string;
  data?: unknown;
}

/** The server answered a call with an error. */
export class RpcRefusal extends Error {
  readonly shape: RpcErrorShape;
  constructor(shape: RpcErrorShape) {
    super(shape.message);
    this.name = 'RpcRefusal';
    this.shape = shape;
  }
}

/** No answer came: a timeout or a closed socket. What was asked may or may not have been done. */
export class OutcomeUnknown extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutcomeUnknown';
  }
}

/** Whether the server does not accept (or no longer accepts) the session of this socket. */
export function isRefusedAsUnauthenticated(error: unknown): boolean {
  if (!(error instanceof RpcRefusal)) return false;
  const { data } = error.shape;
  return typeof data === 'object' && data !== null && 'code' in data && data.code === 'UNAUTHORIZED';
}

interface SubscriptionListener {
  started(): void;
  data(value: unknown): void;
  /** The subscription ended: stopped by the server, refused, or the socket is closed. Called once. */
  ended(error: Error | undefined): void;
}

export interface RpcSocketOptions {
  url: string;
  /** Sent as the first frame; undefined with cookies. */
  connectionParams: Record<string, string> | undefined;
  runtime: Runtime;
  opened(): void;
  /** Called once, also when it never opened. Every call is settled before. */
  closed(code: number): void;
  /** The server asks to be left for another one. */
  askedToLeave(): void;
}

/** One WebSocket that speaks the tRPC WebSocket protocol. */
export interface RpcSocket {
  /** Resolves with the result; rejects with {@link RpcRefusal} or {@link OutcomeUnknown}. */
  request(type: 'query' | 'mutation', path: string, input: unknown): Promise<unknown>;
  /** Starts a subscription; returns how to stop it. */
  subscribe(path: string, input: unknown, listener: SubscriptionListener): () => void;
  /** Asks for a sign of life now; without one the socket is closed soon. */
  probe(answerMs?: number): void;
  /** Closes when the calls in flight are answered, at the latest after `maxMs`. */
  closeWhenIdle(maxMs: number): void;
  close(): void;
}

interface Call {
  frame: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
  timer: unknown;
}

/** Opens a socket at once; see {@link RpcSocket}. */
export function openRpcSocket(options: RpcSocketOptions): RpcSocket {
  const { runtime } = options;
  const calls = new Map<number, Call>();
  const subscriptions = new Map<number, SubscriptionListener>();
  let queue: number[] = [];
  let inFlight = new Set<number>();
  let nextId = 1;
  let isOpen = false;
  let isClosed = false;
  let closingWhenIdle = false;
  let silenceTimer: unknown;
  let isProbing = false;

  const socket: WebSocketLike = new runtime.WebSocket(options.url);
  socket.addEventListener('open', () => {
    if (isClosed) return;
    isOpen = true;
    if (options.connectionParams !== undefined) {
      socket.send(JSON.stringify({ method: 'connectionParams', data: options.connectionParams }));
    }
    heard();
    sendQueued();
    options.opened();
  });
  socket.addEventListener('message', (event) => {
    if (!isClosed && typeof event.data === 'string') receive(event.data);
  });
  socket.addEventListener('close', (event) => end(event.code));
  // `close` always follows; without a listener `ws` would throw.
  socket.addEventListener('error', () => {});

  function receive(text: string): void {
    heard();
    if (text === 'PING') socket.send('PONG');
    const frame = text === 'PING' || text === 'PONG' ? undefined : parseFrame(text);
    if (frame === undefined) return;
    if (frame.method === 'reconnect') options.askedToLeave();
    if (typeof frame.id !== 'number') return;
    const subscription = subscriptions.get(frame.id);
    if (subscription !== undefined) receiveForSubscription(frame.id, subscription, frame);
    else receiveForCall(frame.id, frame);
  }

  function receiveForCall(id: number, frame: Frame): void {
    const call = calls.get(id);
    if (call === undefined) return;
    settle(id);
    if (frame.error !== undefined) call.reject(new RpcRefusal(frame.error));
    else call.resolve(frame.result?.data);
  }

  function receiveForSubscription(id: number, listener: SubscriptionListener, frame: Frame): void {
    if (frame.error !== undefined) {
      subscriptions.delete(id);
      listener.ended(new RpcRefusal(frame.error));
    } else if (frame.result?.type === 'started') listener.started();
    else if (frame.result?.type === 'stopped') {
      subscriptions.delete(id);
      listener.ended(undefined);
    } else if (frame.result !== undefined) listener.data(frame.result.data);
  }

  /** Every frame is a sign of life; after a long silence one is asked for, as browsers do not show WebSocket pings. */
  function heard(): void {
    isProbing = false;
    runtime.clearTimeout(silenceTimer);
    silenceTimer = runtime.isOnline()
      ? runtime.setTimeout(() => probe(probeAnswerMs), limits.pingEveryMs)
      : runtime.setTimeout(() => probe(offlineAnswerMs), offlineSilenceMs);
  }

  function probe(answerMs: number): void {
    if (!isOpen || isClosed || isProbing) return;
    isProbing = true;
    socket.send('PING');
    runtime.clearTimeout(silenceTimer);
    silenceTimer = runtime.setTimeout(() => {
      socket.close();
      // A dead network may keep the close handshake waiting for long.
      end(1006);
    }, answerMs);
  }

  function settle(id: number): void {
    const call = calls.get(id);
    if (call === undefined) return;
    runtime.clearTimeout(call.timer);
    calls.delete(id);
    inFlight.delete(id);
    sendQueued();
    if (closingWhenIdle && calls.size === 0) socket.close(1000);
  }

  function sendQueued(): void {
    if (!isOpen || isClosed || queue.length === 0) return;
    let taken = 0;
    for (const id of queue) {
      if (inFlight.size >= inFlightMax) break;
      taken++;
      const call = calls.get(id);
      if (call === undefined) continue;
      inFlight.add(id);
      socket.send(call.frame);
    }
    if (taken > 0) queue = queue.slice(taken);
  }

  function end(code: number): void {
    if (isClosed) return;
    isClosed = true;
    isOpen = false;
    runtime.clearTimeout(silenceTimer);
    const unanswered = [...calls.values()];
    const watching = [...subscriptions.values()];
    calls.clear();
    subscriptions.clear();
    queue = [];
    inFlight = new Set();
    for (const call of unanswered) {
      runtime.clearTimeout(call.timer);
      call.reject(new OutcomeUnknown(`The connection closed (${code}) before the answer.`));
    }
    for (const listener of watching) listener.ended(new OutcomeUnknown(`The connection closed (${code}).`));
    options.closed(code);
  }

  return {
    request(type, path, input) {
      if (isClosed) return Promise.reject(new OutcomeUnknown('The connection is closed.'));
      if (queue.length >= queueMax) return Promise.reject(new OutcomeUnknown('Too many calls wait for this connection.'));
      const id = nextId++;
      const params = input === undefined ? { path } : { path, input };
      const frame = JSON.stringify({ id, method: type, params });
      // The server would close the socket over it, each time it is tried again.
      if (bytesOf(frame) > limits.frameMaxBytes) return Promise.reject(tooLarge(path));
      return new Promise((resolve, reject) => {
        const timer = runtime.setTimeout(() => {
          settle(id);
          reject(new OutcomeUnknown(`No answer to ${path} within ${requestTimeoutMs} ms.`));
          probe(probeAnswerMs);
        }, requestTimeoutMs);
        calls.set(id, { frame, resolve, reject, timer });
        queue.push(id);
        sendQueued();
      });
    },
    subscribe(path, input, listener) {
      const id = nextId++;
      subscriptions.set(id, listener);
      const params = input === undefined ? { path } : { path, input };
      socket.send(JSON.stringify({ id, method: 'subscription', params }));
      return () => {
        if (!subscriptions.delete(id) || isClosed) return;
        socket.send(JSON.stringify({ id, method: 'subscription.stop' }));
      };
    },
    probe: (answerMs = probeAnswerMs) => probe(answerMs),
    closeWhenIdle(maxMs) {
      closingWhenIdle = true;
      if (calls.size === 0) return socket.close(1000);
      runtime.setTimeout(() => socket.close(1000), maxMs);
    },
    close() {
      if (isClosed) return;
      socket.close(1000);
      end(1000);
    },
  };
}

/** UTF-8 bytes; counted only when they may matter. */
function bytesOf(frame: string): number {
  return frame.length * 3 <= limits.frameMaxBytes ? frame.length : new TextEncoder().encode(frame).length;
}

/** What the server says to an input that is too large, said here. */
function tooLarge(path: string): RpcRefusal {
  const { code, retryable } = new AppError('MESSAGE_TOO_LARGE').toData();
  const message = `What ${path} was given does not fit into ${limits.frameMaxBytes} bytes.`;
  return new RpcRefusal({
    code: -32013,
    message,
    data: { code: errorCodes[code].trpc, httpStatus: 413, path, nexo: { code, retryable } },
  });
}

interface Frame {
  id?: unknown;
  method?: unknown;
  result?: { type?: unknown; data?: unknown };
  error?: RpcErrorShape;
}

function parseFrame(text: string): Frame | undefined {
  try {
    const { id, method, result, error } = JSON.parse(text) as Frame;
    const frame: Frame = { id, method };
    if (typeof result === 'object' && result !== null) frame.result = result;
    if (typeof error === 'object' && error !== null) frame.error = error;
    return frame;
  } catch {
    return undefined;
  }
}
