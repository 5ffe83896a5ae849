import { appRouter } from '@nexo/api';
import { AppError, limits } from '@nexo/shared';
import { parseTRPCMessage } from '@trpc/server/rpc';
import type { WebSocket } from 'ws';
import type { AnswerKind, OperationId } from './answers.ts';
import type { Calls } from './calls.ts';
import { eventsPath, type LiveEvents } from './live-events.ts';
import type { SocketSession } from './session.ts';
import { TokenBucket } from './token-bucket.ts';

export interface OperationsOptions {
  ws: WebSocket;
  outbound: SocketSession;
  events: LiveEvents;
  calls: Pick<Calls, 'run'>;
  /** Gives a subscription to tRPC. */
  handle(raw: unknown): void;
  refuse(id: OperationId | null, cause: unknown): void;
  burstMax?: number;
  perSecond?: number;
}

/** What waits to be handled weighs so much at most; more can only be a bomb of compressed frames. */
const inboxMaxBytes = 1024 * 1024;
/** What an operation weighs besides its text, however short that is. */
const operationBytes = 64;
/** Ids are kept, and written into frames that are kept. */
const idMaxChars = 64;

/**
 * The operations of one socket: takes them in order, begins them as the bounds allow, and stops reading the socket while they do
 * not. So a client that asks faster than it is answered, or than it reads the answers, waits by itself.
 */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #bucket: TokenBucket;
  readonly #burstMax: number;
  #inbox: { raw: unknown; bytes: number }[] = [];
  #inboxBytes = 0;
  /** Begun and not answered, by id; clients may use one twice. */
  readonly #unanswered = new Map<OperationId, number>();
  #unansweredCount = 0;
  #paused = false;
  #refusedCount = 0;
  #malformedCount = 0;
  /** Live subscriptions that tRPC serves. */
  readonly #subscriptions = new Set<OperationId>();

  constructor(options: OperationsOptions) {
    this.#options = options;
    this.#burstMax = options.burstMax ?? limits.operationsBurstMax;
    this.#bucket = new TokenBucket(this.#burstMax, options.perSecond ?? limits.operationsPerSecond);
  }

  get unanswered(): number {
    return this.#unansweredCount;
  }

  /** Not reading, and not because the peer does not read either. */
  get isBusy(): boolean {
    return this.#paused && this.#options.outbound.outboundBytes < limits.outboundSoftMaxBytes;
  }

  /** Takes what one frame brought. */
  take(operations: readonly unknown[], bytes: number): void {
    const weight = bytes + operations.length * operationBytes;
    if (this.#inboxBytes + weight > inboxMaxBytes && this.#inbox.length > 0) {
      this.#options.outbound.close('RATE_LIMITED');
      return;
    }
    this.#inboxBytes += operations.length === 0 ? 0 : weight;
    operations.forEach((raw, index) => {
      this.#inbox.push({ raw, bytes: operationBytes + (index === operations.length - 1 ? bytes : 0) });
    });
    if (operations.length === 0) {
      // Nothing was asked, but a frame was read.
      this.spend();
    }
    this.pump();
  }

  /** Begins operations as long as the bounds allow, and reads on only when nothing waits. */
  pump(): void {
    const { ws } = this.#options;
    while (this.#inbox.length > 0 && this.#mayBegin()) {
      const next = this.#inbox.shift();
      if (next === undefined) break;
      this.#inboxBytes -= next.bytes;
      this.#begin(next.raw);
    }
    const pause = this.#inbox.length > 0 || !this.#mayBegin();
    if (pause === this.#paused || ws.readyState !== ws.OPEN) return;
    this.#paused = pause;
    if (pause) ws.pause();
    else ws.resume();
  }

  /** One unit of what a socket may ask for; false when there is none left. Who goes on regardless is closed. */
  spend(): boolean {
    if (this.#bucket.take()) return true;
    if (++this.#refusedCount > this.#burstMax) this.#options.outbound.close('RATE_LIMITED');
    return false;
  }

  /** To be called for every answer. */
  answered(id: OperationId | null, kind: AnswerKind): void {
    if (id === null) return;
    if (kind === 'ended') this.#subscriptions.delete(id);
    const open = this.#unanswered.get(id);
    if (open === undefined) return;
    if (open === 1) this.#unanswered.delete(id);
    else this.#unanswered.set(id, open - 1);
    this.#unansweredCount--;
    if (this.#inbox.length > 0 || this.#paused) queueMicrotask(() => this.pump());
  }

  close(): void {
    this.#inbox = [];
  }

  #mayBegin(): boolean {
    return (
      this.#unansweredCount < limits.unansweredMaxOperations && this.#options.outbound.outboundBytes < limits.outboundSoftMaxBytes
    );
  }

  #begin(raw: unknown): void {
    const { outbound, events, calls, handle, refuse } = this.#options;
    if (outbound.closedAs !== undefined) return;
    const id = idOf(raw);
    if (!this.spend()) {
      if (id !== null) refuse(id, new AppError('RATE_LIMITED', { retryAfterMs: 1_000 }));
      return;
    }
    const operation = parse(raw);
    if (operation === undefined || id === null) {
      this.#malformed(id);
      return;
    }
    if (operation.method === 'subscription.stop') {
      if (!events.stop(id)) handle(raw);
      return;
    }
    this.#unanswered.set(id, (this.#unanswered.get(id) ?? 0) + 1);
    this.#unansweredCount++;
    if (operation.method === 'subscription') this.#subscribe(id, operation.params, raw);
    else void calls.run(id, operation.method, operation.params);
  }

  #subscribe(id: OperationId, params: { path: string; input: unknown }, raw: unknown): void {
    const { events, handle, refuse } = this.#options;
    if (events.has(id) || this.#subscriptions.has(id)) {
      refuse(id, new AppError('INVALID_INPUT', { message: `Duplicate id ${id}`, field: 'id' }));
    } else if (events.count + this.#subscriptions.size >= limits.subscriptionsMaxPerConnection) {
      refuse(id, new AppError('RATE_LIMITED', { message: 'Too many subscriptions on one socket' }));
    } else if (params.path === eventsPath) {
      void events.start(id, params);
    } else {
      this.#subscriptions.add(id);
      handle(raw);
    }
  }

  #malformed(id: OperationId | null): void {
    const { outbound, refuse } = this.#options;
    if (++this.#malformedCount > limits.malformedMax) outbound.close('MALFORMED');
    else refuse(id, new AppError('INVALID_INPUT', { message: 'Not an operation of the tRPC WebSocket protocol' }));
  }
}

function parse(raw: unknown): ReturnType<typeof parseTRPCMessage> | undefined {
  try {
    return parseTRPCMessage(raw, appRouter._def._config.transformer);
  } catch {
    return undefined;
  }
}

function idOf(raw: unknown): OperationId | null {
  if (typeof raw !== 'object' || raw === null || !('id' in raw)) return null;
  if (typeof raw.id === 'string') return raw.id.length <= idMaxChars ? raw.id : null;
  return typeof raw.id === 'number' ? raw.id : null;
}
