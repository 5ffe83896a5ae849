import { appRouter, type RequestContext } from '@nexo/api';
import { callTRPCProcedure } from '@trpc/server';
import { type OperationId, startedBody, stoppedBody } from './answers.ts';
import { EventStream } from './event-stream.ts';
import type { Memberships } from './memberships.ts';
import type { SocketSession } from './session.ts';

/** The subscription that bypasses tRPC's own way of sending. */
export const eventsPath = 'sync.events';

export interface LiveEventsOptions {
  outbound: SocketSession;
  memberships: Memberships;
  /** Resolves when it is known who asks. */
  context: Promise<RequestContext>;
  answer(id: OperationId, body: string, kind: 'started' | 'ended'): void;
  refuse(id: OperationId, cause: unknown, path: string): void;
}

/** The `sync.events` subscriptions of one socket: checked by tRPC like any call, then fed by the gateway directly. */
export class LiveEvents {
  readonly #options: LiveEventsOptions;
  readonly #open = new Map<OperationId, { stopped: boolean }>();
  /** The user that this socket listens for, once somebody subscribed. */
  #userId: string | undefined;
  #listening: Promise<void> | undefined;
  #closed = false;

  constructor(options: LiveEventsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  has(id: OperationId): boolean {
    return this.#open.has(id);
  }

  /** Answers `started` when everything from then on will come, or why not. Never throws. */
  async start(id: OperationId, params: { path: string; input: unknown }): Promise<void> {
    const { outbound, memberships, context, answer, refuse } = this.#options;
    const entry = { stopped: false };
    this.#open.set(id, entry);
    const isOver = () => entry.stopped || this.#closed || outbound.closedAs !== undefined;
    try {
      const stream: unknown = await callTRPCProcedure({
        router: appRouter,
        path: params.path,
        getRawInput: async () => params.input,
        ctx: await context,
        type: 'subscription',
        // Only whoever iterates the stream would listen to it.
        signal: undefined,
        batchIndex: 0,
      });
      if (!(stream instanceof EventStream)) throw new Error('sync.events did not answer the stream of the gateway');
      if (isOver()) return;
      this.#userId = stream.session.userId;
      this.#listening ??= memberships.listen(this.#userId, outbound);
      await this.#listening;
      if (isOver()) return;
      answer(id, startedBody, 'started');
      outbound.subscribe(id);
    } catch (error) {
      if (isOver()) return;
      this.#forget(id);
      refuse(id, error, params.path);
    }
  }

  /** False when no such subscription is open. */
  stop(id: OperationId): boolean {
    const entry = this.#open.get(id);
    if (entry === undefined) return false;
    entry.stopped = true;
    this.#options.outbound.unsubscribe(id);
    this.#forget(id);
    this.#options.answer(id, stoppedBody, 'ended');
    return true;
  }

  close(): void {
    this.#closed = true;
    for (const [id, entry] of this.#open) {
      entry.stopped = true;
      this.#forget(id);
    }
  }

  #forget(id: OperationId): void {
    this.#open.delete(id);
    if (this.#open.size > 0 || this.#userId === undefined) return;
    this.#listening = undefined;
    this.#options.memberships.unlisten(this.#userId, this.#options.outbound);
  }
}
