import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { appRouter, authenticate, type RequestContext, type Services, type Session, toTrpcError } from '@nexo/api';
import { AppError, type CloseName, limits } from '@nexo/shared';
import { callTRPCProcedure, getTRPCErrorFromUnknown, getTRPCErrorShape, TRPCError } from '@trpc/server';
import { parseTRPCMessage, type TRPCClientOutgoingMessage } from '@trpc/server/rpc';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { Batch, FrameMaker } from './batch.ts';
import { EventStream } from './event-stream.ts';
import type { Flusher } from './flusher.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Connection, Hub } from './hub.ts';
import type { Memberships } from './memberships.ts';
import { SocketSession } from './session.ts';
import { type StockHandler, startStockHandler } from './stock-handler.ts';
import { TokenBucket } from './token-bucket.ts';

/** What all connections of a gateway share. */
export interface ConnectionParts {
  services: Services;
  hub: Hub;
  memberships: Memberships;
  flusher: Flusher;
  emptyBatch: Batch;
  wss: WebSocketServer;
  timing: GatewayTiming;
}

/** Times that tests shorten. */
export interface GatewayTiming {
  authMaxMs?: number;
  pingEveryMs?: number;
  drainMaxMs?: number;
  positionsEveryMs?: number;
  holdMs?: number;
  operationsBurstMax?: number;
  operationsPerSecond?: number;
}

/** One upgraded socket and what the handshake found out about it. */
export interface AcceptedSocket {
  ws: WebSocket;
  wire: Duplex;
  req: IncomingMessage;
  frames: FrameMaker;
  address: string;
  /** The access token in the cookie of a browser, whose origin was checked. */
  cookieToken: string | undefined;
}

/** The subscription that bypasses tRPC's own way of sending. */
const eventsPath = 'sync.events';

/** Text that waits to be handled; more can only be a bomb of compressed frames. */
const inboxMaxBytes = 1024 * 1024;

type Operation = TRPCClientOutgoingMessage & { id: number | string };

/**
 * One socket, inbound: who is it, which operations come, may they. Queries, mutations and ordinary subscriptions are tRPC's own
 * business (see stock-handler.ts); `sync.events` is connected to the gateway directly.
 *
 *   authenticating ──token good──► open ──closed by anybody──► closed
 *        └───── bad, or too late ───────────────────────────────┘
 */
export class SocketConnection implements Connection {
  readonly #parts: ConnectionParts;
  readonly #socket: AcceptedSocket;
  readonly #outbound: SocketSession;
  readonly #stock: StockHandler;
  readonly #heartbeat: Heartbeat;
  readonly #bucket: TokenBucket;
  #state: 'authenticating' | 'open' | 'closed' = 'authenticating';
  #session: Session | undefined;
  #authTimer: NodeJS.Timeout | undefined;
  #authFailure: CloseName = 'MALFORMED';
  readonly #context = deferred<RequestContext>();
  /** The next message is the connection parameters. */
  #awaitsParams: boolean;

  #inbox: { raw: unknown; bytes: number }[] = [];
  #inboxBytes = 0;
  /** Operations that were begun and not answered, by their id; clients may use one twice. */
  readonly #unanswered = new Map<number | string, number>();
  #unansweredCount = 0;
  #paused = false;
  #refusedCount = 0;
  #malformedCount = 0;
  /** Live `sync.events` subscriptions. */
  readonly #events = new Map<number | string, AbortController>();
  /** Live subscriptions that tRPC serves. */
  readonly #ordinary = new Set<number | string>();
  #listening: Promise<void> | undefined;

  constructor(parts: ConnectionParts, socket: AcceptedSocket, authenticated: () => void, closed: () => void) {
    const { timing } = parts;
    const { ws } = socket;
    this.#parts = parts;
    this.#socket = socket;
    this.#awaitsParams = new URL(socket.req.url ?? '/', 'http://nexo').searchParams.get('connectionParams') === '1';
    this.#outbound = new SocketSession({
      ws,
      wire: socket.wire,
      frames: socket.frames,
      flusher: parts.flusher,
      emptyBatch: parts.emptyBatch,
      onDrain: () => this.#pump(),
      ...(timing.drainMaxMs === undefined ? {} : { drainMaxMs: timing.drainMaxMs }),
    });
    const burst = timing.operationsBurstMax ?? limits.operationsBurstMax;
    this.#bucket = new TokenBucket(burst, timing.operationsPerSecond ?? limits.operationsPerSecond);
    this.#heartbeat = new Heartbeat({
      ping: () => ws.ping(),
      dead: () => {
        this.close('PING_TIMEOUT');
        ws.terminate();
      },
      // Not reading because we are slow is not the peer's fault; not reading because the peer does not read is.
      listening: () => !this.#paused || this.#outbound.outboundBytes >= limits.outboundSoftMaxBytes,
      ...(timing.pingEveryMs === undefined ? {} : { everyMs: timing.pingEveryMs }),
    });
    this.#context.promise.catch(() => {});
    this.#authTimer = setTimeout(() => this.close('AUTH_TIMEOUT'), timing.authMaxMs ?? limits.authMaxMs);
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary));
    ws.on('pong', () => this.#heartbeat.alive());
    ws.on('ping', () => this.#takeToken());
    ws.on('error', (error) => parts.services.log.debug({ error }, 'a socket failed'));
    ws.once('close', () => {
      closed();
      this.#ended();
    });
    this.#stock = startStockHandler({
      wss: parts.wss,
      req: socket.req,
      isOpen: () => ws.readyState === ws.OPEN && this.#outbound.closedAs === undefined,
      createContext: async (params) => {
        const context = await this.#authenticate(params?.token);
        authenticated();
        return context;
      },
      send: (json) => this.#outbound.respond(json),
      answered: (id, kind) => this.#answered(id, kind),
      close: () => this.close(this.#authFailure),
      log: parts.services.log,
    });
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error('not authenticated yet');
    return this.#session;
  }

  get suspect(): boolean {
    return this.#heartbeat.missed > 0;
  }

  /** Operations that were begun and not answered yet. */
  get unanswered(): number {
    return this.#unansweredCount;
  }

  close(name: CloseName): void {
    this.#outbound.close(name);
  }

  /** Cuts the connection without a word, for who does not answer the closing handshake. */
  terminate(): void {
    this.#socket.ws.terminate();
  }

  /** Asks the client to connect anew, elsewhere if it can. Stock clients understand it. */
  askToReconnect(): void {
    this.#outbound.respond('{"id":null,"method":"reconnect"}');
  }

  async #authenticate(token: string | undefined): Promise<RequestContext> {
    const { services, hub } = this.#parts;
    try {
      // From here on a failure is the server's, until it is known to be the token's.
      this.#authFailure = 'INTERNAL';
      const accessToken = token ?? this.#socket.cookieToken;
      const session = accessToken === undefined ? null : await authenticate(services, accessToken);
      if (session === null) throw this.#unauthenticated('UNAUTHENTICATED');
      if (this.#state === 'closed') throw this.#unauthenticated('GOING_AWAY');
      this.#session = session;
      const refused = hub.add(this);
      if (refused !== undefined) {
        this.#session = undefined;
        throw this.#unauthenticated(refused);
      }
      clearTimeout(this.#authTimer);
      this.#state = 'open';
      const context: RequestContext = { ...services, session, address: this.#socket.address, cookies: null };
      this.#context.resolve(context);
      return context;
    } catch (error) {
      this.#context.reject(error);
      throw getTRPCErrorFromUnknown(error);
    }
  }

  #unauthenticated(close: CloseName): TRPCError {
    this.#authFailure = close;
    return new TRPCError({ code: 'UNAUTHORIZED', cause: new AppError('UNAUTHENTICATED') });
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#heartbeat.alive();
    if (this.#outbound.closedAs !== undefined) return;
    if (isBinary) {
      this.close('MALFORMED');
      return;
    }
    const text = data.toString();
    if (text === 'PING' || text === 'PONG') {
      if (this.#takeToken() && text === 'PING') this.#outbound.respond('PONG');
      return;
    }
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      this.close('MALFORMED');
      return;
    }
    if (typeof parsed !== 'object' || parsed === null) {
      this.close('MALFORMED');
      return;
    }
    if (this.#awaitsParams) {
      this.#awaitsParams = false;
      this.#stock.handle(parsed);
      return;
    }
    this.#queue(Array.isArray(parsed) ? parsed : [parsed], text.length);
    this.#pump();
  }

  #queue(operations: readonly unknown[], bytes: number): void {
    this.#inboxBytes += bytes;
    if (this.#inboxBytes > inboxMaxBytes) {
      this.close('RATE_LIMITED');
      return;
    }
    operations.forEach((raw, index) => {
      this.#inbox.push({ raw, bytes: index === operations.length - 1 ? bytes : 0 });
    });
  }

  /** Begins operations as long as the bounds allow, and reads on only when nothing waits. */
  #pump(): void {
    while (this.#inbox.length > 0 && this.#mayBegin()) {
      const next = this.#inbox.shift();
      if (next === undefined) break;
      this.#inboxBytes -= next.bytes;
      this.#begin(next.raw);
    }
    const pause = this.#inbox.length > 0 || !this.#mayBegin();
    if (pause === this.#paused || this.#socket.ws.readyState !== this.#socket.ws.OPEN) return;
    this.#paused = pause;
    if (pause) this.#socket.ws.pause();
    else this.#socket.ws.resume();
  }

  #mayBegin(): boolean {
    return this.#unansweredCount < limits.unansweredMaxOperations && this.#outbound.outboundBytes < limits.outboundSoftMaxBytes;
  }

  #begin(raw: unknown): void {
    if (this.#outbound.closedAs !== undefined) return;
    const id = idOf(raw);
    if (!this.#takeToken()) {
      if (id !== null) this.#refuse(id, new AppError('RATE_LIMITED', { retryAfterMs: 1_000 }));
      return;
    }
    const operation = this.#parse(raw, id);
    if (operation === undefined) return;
    if (operation.method === 'subscription.stop') {
      if (!this.#stopEvents(operation.id)) this.#stock.handle(raw);
      return;
    }
    this.#unanswered.set(operation.id, (this.#unanswered.get(operation.id) ?? 0) + 1);
    this.#unansweredCount++;
    if (operation.method !== 'subscription') {
      this.#stock.handle(raw);
      return;
    }
    const { id: subscription } = operation;
    if (this.#events.has(subscription) || this.#ordinary.has(subscription)) {
      this.#refuse(subscription, new AppError('INVALID_INPUT', { message: `Duplicate id ${subscription}`, field: 'id' }));
    } else if (this.#events.size + this.#ordinary.size >= limits.subscriptionsMaxPerConnection) {
      this.#refuse(subscription, new AppError('RATE_LIMITED', { message: 'Too many subscriptions on one socket' }));
    } else if (operation.params.path === eventsPath) {
      void this.#openEvents(subscription, operation.params);
    } else {
      this.#ordinary.add(subscription);
      this.#stock.handle(raw);
    }
  }

  #parse(raw: unknown, id: number | string | null): Operation | undefined {
    try {
      const operation = parseTRPCMessage(raw, appRouter._def._config.transformer);
      if (id !== null) return { ...operation, id };
    } catch {
      // Not the shape of an operation: answered below.
    }
    if (++this.#malformedCount > limits.malformedMax) this.close('MALFORMED');
    else this.#refuse(id, new AppError('INVALID_INPUT', { message: 'Not an operation of the tRPC WebSocket protocol' }));
    return undefined;
  }

  #takeToken(): boolean {
    if (this.#bucket.take()) return true;
    if (++this.#refusedCount > (this.#parts.timing.operationsBurstMax ?? limits.operationsBurstMax)) this.close('RATE_LIMITED');
    return false;
  }

  async #openEvents(id: number | string, params: { path: string; input: unknown }): Promise<void> {
    const abort = new AbortController();
    this.#events.set(id, abort);
    const stopped = () => abort.signal.aborted || this.#outbound.closedAs !== undefined || this.#state === 'closed';
    try {
      const ctx = await this.#context.promise;
      const stream: unknown = await callTRPCProcedure({
        router: appRouter,
        path: params.path,
        getRawInput: async () => params.input,
        ctx,
        type: 'subscription',
        signal: abort.signal,
        batchIndex: 0,
      });
      if (!(stream instanceof EventStream)) throw new Error('sync.events did not answer the stream of the gateway');
      if (stopped()) return;
      this.#listening ??= this.#parts.memberships.listen(stream.session.userId, this.#outbound);
      await this.#listening;
      if (stopped()) return;
      this.#respond(id, '"result":{"type":"started"}', 'started');
      this.#outbound.subscribe(id);
    } catch (error) {
      if (stopped()) return;
      this.#events.delete(id);
      this.#unlistenIfUnused();
      this.#refuse(id, error, params.path);
    }
  }

  #stopEvents(id: number | string): boolean {
    const abort = this.#events.get(id);
    if (abort === undefined) return false;
    abort.abort();
    this.#events.delete(id);
    this.#outbound.unsubscribe(id);
    this.#unlistenIfUnused();
    this.#respond(id, '"result":{"type":"stopped"}', 'ended');
    return true;
  }

  #unlistenIfUnused(): void {
    if (this.#events.size > 0 || this.#session === undefined) return;
    this.#listening = undefined;
    this.#parts.memberships.unlisten(this.#session.userId, this.#outbound);
  }

  #respond(id: number | string | null, body: string, kind: AnswerKind): void {
    this.#outbound.respond(`{"id":${JSON.stringify(id)},${body}}`);
    this.#answered(id, kind);
  }

  #refuse(id: number | string | null, cause: unknown, path?: string): void {
    const shape = getTRPCErrorShape({
      config: appRouter._def._config,
      error: toTrpcError(cause),
      type: 'unknown',
      path,
      input: undefined,
      ctx: { ...this.#parts.services, session: null, address: this.#socket.address, cookies: null },
    });
    this.#respond(id, `"error":${JSON.stringify(shape)}`, 'ended');
  }

  #answered(id: number | string | null, kind: AnswerKind): void {
    if (id === null) return;
    if (kind === 'ended') this.#ordinary.delete(id);
    const open = this.#unanswered.get(id);
    if (open === undefined) return;
    if (open === 1) this.#unanswered.delete(id);
    else this.#unanswered.set(id, open - 1);
    this.#unansweredCount--;
    if (this.#inbox.length > 0 || this.#paused) queueMicrotask(() => this.#pump());
  }

  #ended(): void {
    this.#state = 'closed';
    clearTimeout(this.#authTimer);
    this.#heartbeat.stop();
    this.#inbox = [];
    for (const abort of this.#events.values()) abort.abort();
    this.#events.clear();
    this.#unlistenIfUnused();
    if (this.#session !== undefined) this.#parts.hub.remove(this);
    this.#context.reject(new AppError('UNAUTHENTICATED'));
    this.#stock.closed();
  }
}

/** What an answer says about its operation: a plain answer, a subscription's beginning, more of it, or its end. */
export type AnswerKind = 'started' | 'more' | 'ended';

function idOf(raw: unknown): number | string | null {
  if (typeof raw !== 'object' || raw === null || !('id' in raw)) return null;
  return typeof raw.id === 'number' || typeof raw.id === 'string' ? raw.id : null;
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((resolve_, reject_) => {
    resolve = resolve_;
    reject = reject_;
  });
  return { promise, resolve, reject };
}
