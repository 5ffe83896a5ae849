import type { Duplex } from 'node:stream';
import { authenticate, type EventStreams, type RequestContext, type Services, type Session } from '@nexo/api';
import { AppError, type CloseName, limits } from '@nexo/shared';
import { TRPCError } from '@trpc/server';
import { parseConnectionParamsFromUnknown } from '@trpc/server/http';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { LivePresence } from '../presence/live-presence.ts';
import { type AnswerKind, answerText, errorBody, type OperationId } from './answers.ts';
import type { Batch, FrameMaker, Item } from './batch.ts';
import { Calls } from './calls.ts';
import type { Flusher } from './flusher.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Connection, Hub } from './hub.ts';
import { LiveEvents } from './live-events.ts';
import type { Memberships } from './memberships.ts';
import { Operations } from './operations.ts';
import { SocketSession } from './session.ts';
import { type StockHandler, startStockHandler } from './stock-handler.ts';

/** In this part of its life, of which it is the end, a socket is asked to come anew: each at a moment of its own, so that a crowd spreads. */
const renewalShare = 0.25;
/** The very end is for those who need to be asked again. */
const renewalRestShare = 0.05;

/** What all connections of a gateway share. */
export interface ConnectionParts {
  services: Services;
  hub: Hub;
  memberships: Memberships;
  flusher: Flusher;
  emptyBatch: Batch;
  wss: WebSocketServer;
  timing: GatewayTiming;
  presence: LivePresence;
  /** What calls that come by this connection can do with it. */
  streamsOf(connection: Connection): EventStreams;
}

/** Times and rates that tests shorten. */
export interface GatewayTiming {
  authMaxMs?: number;
  socketMaxMs?: number;
  pingEveryMs?: number;
  drainMaxMs?: number;
  positionsEveryMs?: number;
  holdMs?: number;
  operationsBurstMax?: number;
  operationsPerSecond?: number;
  presenceGraceMs?: number;
  presenceEveryMs?: number;
}

/** One upgraded socket and what the handshake found out about it. */
export interface AcceptedSocket {
  ws: WebSocket;
  wire: Duplex;
  /** Its address says that its first message is the connection parameters. */
  announcesParams: boolean;
  frames: FrameMaker;
  address: string;
  /** The access token in the cookie of a browser, whose origin was checked. */
  cookieToken: string | undefined;
  /** It is known who is there. */
  authenticated(): void;
  closed(): void;
}

/**
 * One socket: finds out who is there, reads frames, and holds the parts together. Queries and mutations go straight to tRPC
 * (calls.ts), ordinary subscriptions to its own handler (stock-handler.ts); `sync.events` is the gateway's (live-events.ts).
 *
 *   authenticating ──token good──► open ──closed by anybody──► closed
 *        └───── bad, or too late ───────────────────────────────┘
 */
export class SocketConnection implements Connection {
  readonly #parts: ConnectionParts;
  readonly #socket: AcceptedSocket;
  readonly #outbound: SocketSession;
  readonly #events: LiveEvents;
  readonly #calls: Calls;
  readonly #operations: Operations;
  /** Made when it is first needed: few sockets ever do. */
  #stock: StockHandler | undefined;
  readonly #heartbeat: Heartbeat;
  #authTimer: NodeJS.Timeout | undefined;
  readonly #openedAt: number;
  readonly #askAfterShare = 1 - renewalShare + Math.random() * (renewalShare - renewalRestShare);
  readonly #context = deferred<RequestContext>();
  #session: Session | undefined;
  /** How the socket is closed should nobody turn out to be there. */
  #failure: CloseName = 'MALFORMED';
  /** The next message is the connection parameters. */
  #awaitsParams: boolean;
  #closed = false;

  constructor(parts: ConnectionParts, socket: AcceptedSocket) {
    const { timing, services } = parts;
    const { ws } = socket;
    this.#parts = parts;
    this.#socket = socket;
    this.#openedAt = services.clock.now();
    this.#awaitsParams = socket.announcesParams;
    this.#context.promise.catch(() => {});
    this.#outbound = new SocketSession({
      ...socket,
      ...parts,
      onDrain: () => this.#operations.pump(),
      ...(timing.drainMaxMs === undefined ? {} : { drainMaxMs: timing.drainMaxMs }),
    });
    const refuse = (id: OperationId | null, cause: unknown, path?: string) =>
      this.#answer(id, errorBody(services, socket.address, cause, path), 'ended');
    const answer = (id: OperationId, body: string, kind: AnswerKind) => this.#answer(id, body, kind);
    const context = this.#context.promise;
    this.#events = new LiveEvents({ outbound: this.#outbound, memberships: parts.memberships, context, answer, refuse });
    this.#calls = new Calls({ context, answer, refuse });
    this.#operations = new Operations({
      ws,
      outbound: this.#outbound,
      events: this.#events,
      calls: this.#calls,
      handle: (raw) => this.#demandStock().handle(raw),
      refuse,
      ...(timing.operationsBurstMax === undefined ? {} : { burstMax: timing.operationsBurstMax }),
      ...(timing.operationsPerSecond === undefined ? {} : { perSecond: timing.operationsPerSecond }),
    });
    this.#heartbeat = new Heartbeat({
      ping: () => ws.ping(),
      dead: () => {
        this.close('PING_TIMEOUT');
        this.terminate();
      },
      silenceChanged: () => {
        if (this.#session !== undefined) parts.presence.connectionsChanged(this.#session.userId);
      },
      // Not reading because we are busy is not the peer's fault; not reading because the peer does not read is.
      listening: () => !this.#operations.isBusy,
      ...(timing.pingEveryMs === undefined ? {} : { everyMs: timing.pingEveryMs }),
    });
    this.#authTimer = setTimeout(() => this.close('AUTH_TIMEOUT'), timing.authMaxMs ?? limits.authMaxMs);
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary));
    ws.on('pong', () => {
      this.#heartbeat.alive();
      this.#operations.spend();
    });
    ws.on('ping', () => this.#operations.spend());
    ws.on('error', (error) => services.log.debug({ error }, 'a socket failed'));
    ws.once('close', () => this.#ended());
    if (!this.#awaitsParams) void this.#open(() => undefined);
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error('not authenticated yet');
    return this.#session;
  }

  get suspect(): boolean {
    return this.#heartbeat.missed > 0;
  }

  get silentMs(): number {
    return this.#heartbeat.silentMs;
  }

  enqueue(item: Item): void {
    this.#outbound.enqueue(item);
  }

  /** Operations that were begun and not answered yet. */
  get unanswered(): number {
    return this.#operations.unanswered;
  }

  close(name: CloseName): void {
    this.#outbound.close(name);
  }

  /** Cuts the connection without a word, for who does not answer the closing handshake. */
  terminate(): void {
    this.#socket.ws.terminate();
  }

  /**
   * Asks the client to come anew when the token that opened this socket has long expired, and closes it with UNAUTHENTICATED when it does
   * not: so a stolen access token is not good for as long as its session lives.
   */
  checkAge(): void {
    const maxMs = this.#parts.timing.socketMaxMs ?? limits.socketMaxMs;
    const ageMs = this.#parts.services.clock.now() - this.#openedAt;
    if (ageMs >= maxMs) this.close('UNAUTHENTICATED');
    else if (ageMs >= maxMs * this.#askAfterShare) this.askToReconnect();
  }

  /** Asks the client to connect anew, elsewhere if it can. Stock clients understand it. */
  askToReconnect(): void {
    this.#outbound.respond('{"id":null,"method":"reconnect"}');
  }

  /** Finds out who is there and lets them in, or says why not and closes. Never throws. */
  async #open(tokenOf: () => string | undefined): Promise<void> {
    try {
      this.#context.resolve(await this.#authenticate(tokenOf()));
    } catch (error) {
      this.#context.reject(error);
      this.#answer(null, errorBody(this.#parts.services, this.#socket.address, error), 'ended');
      this.close(this.#failure);
    }
  }

  async #authenticate(token: string | undefined): Promise<RequestContext> {
    const { services, hub } = this.#parts;
    // From here on a failure is the server's, until it is known to be the token's.
    this.#failure = 'INTERNAL';
    const accessToken = token ?? this.#socket.cookieToken;
    const session = accessToken === undefined ? null : await authenticate(services, accessToken, this.#socket.address);
    if (session === null) throw this.#turnedAway('UNAUTHENTICATED');
    if (this.#closed) throw this.#turnedAway('GOING_AWAY');
    this.#session = session;
    const refused = hub.add(this);
    if (refused !== undefined) {
      this.#session = undefined;
      throw this.#turnedAway(refused);
    }
    clearTimeout(this.#authTimer);
    this.#authTimer = undefined;
    this.#socket.authenticated();
    return { ...services, streams: this.#parts.streamsOf(this), session, address: this.#socket.address, cookies: null };
  }

  #demandStock(): StockHandler {
    const { ws } = this.#socket;
    this.#stock ??= startStockHandler({
      wss: this.#parts.wss,
      context: this.#context.promise,
      isOpen: () => ws.readyState === ws.OPEN && this.#outbound.closedAs === undefined,
      send: (json) => this.#outbound.respond(json),
      answered: (id, kind) => this.#operations.answered(id, kind),
      close: () => this.close(this.#failure),
      log: this.#parts.services.log,
    });
    return this.#stock;
  }

  #turnedAway(close: CloseName): TRPCError {
    this.#failure = close;
    return new TRPCError({ code: 'UNAUTHORIZED', cause: new AppError('UNAUTHENTICATED') });
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#heartbeat.alive();
    if (this.#outbound.closedAs !== undefined) return;
    const text = data.toString();
    if (text === 'PING' || text === 'PONG') {
      if (this.#operations.spend() && text === 'PING') this.#outbound.respond('PONG');
      return;
    }
    const message = isBinary ? undefined : parseObject(text);
    if (message === undefined) {
      this.close('MALFORMED');
    } else if (this.#awaitsParams) {
      this.#awaitsParams = false;
      void this.#open(() => parseConnectionParamsFromUnknown((message as { data?: unknown }).data)?.token);
    } else {
      this.#operations.take(Array.isArray(message) ? message : [message], text.length);
    }
  }

  #answer(id: OperationId | null, body: string, kind: AnswerKind): void {
    this.#outbound.respond(answerText(id, body));
    this.#operations.answered(id, kind);
  }

  #ended(): void {
    this.#closed = true;
    clearTimeout(this.#authTimer);
    this.#heartbeat.stop();
    this.#operations.close();
    this.#events.close();
    if (this.#session !== undefined) {
      this.#parts.presence.forget(this);
      this.#parts.hub.remove(this);
    }
    this.#context.reject(new AppError('UNAUTHENTICATED'));
    this.#stock?.closed();
    this.#socket.closed();
  }
}

function parseObject(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
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
