import { limits, type MemberView, type StreamItem } from '@nexo/shared';
import type { ClientState } from '../reducer/state.ts';
import type { StateHolder } from '../store/state-holder.ts';
import { backoffMs } from '../transport/backoff.ts';
import { failureOf } from '../transport/failure.ts';
import type { Runtime } from '../types/options.ts';

/** Pages of members that a group has of which it is told who read what. */
const pagesMax = Math.ceil(limits.receiptsMaxMembers / limits.pageMax) + 1;

/** Groups that are followed: those opened last. */
const watchedMax = 10;

export interface ReadersOptions {
  holder: StateHolder;
  runtime: Pick<Runtime, 'setTimeout' | 'random'>;
  isLive(): boolean;
  members(conversationId: string, cursor: string | undefined): Promise<{ items: MemberView[]; nextCursor: string | null }>;
  /** Somebody has read further in this conversation, or it is known now who has. */
  changed(conversationId: string): void;
}

/** How far the others have read in groups that somebody looks at. Approximate: an event may be missed until the next connection. */
export interface Readers {
  /**
   * Somebody opens a conversation: how far its members are is asked for, now or as soon as there is a connection and it is known to be a
   * group small enough to be told.
   */
  watch(conversationId: string): void;
  heard(item: StreamItem): void;
  /** How far each of the others is; empty where nobody is told. The same list until it changes. */
  positionsOf(conversationId: string): readonly number[];
  /** The connection is there: what was missed is asked for. */
  retry(): void;
  clear(): void;
}

const none: readonly number[] = [];

export function makeReaders({ holder, runtime, isLive, members, changed }: ReadersOptions): Readers {
  const watched = new Map<string, Map<string, number>>();
  const lists = new Map<string, readonly number[]>();
  /** In a row, wherever: a server that has too much to do is asked ever more rarely. */
  let failures = 0;

  holder.listen((next, before) => {
    for (const id of watched.keys()) if (isTold(id, next) && !isTold(id, before)) ask(id);
  });

  /** A position never goes back. */
  function move(conversationId: string, positions: Map<string, number>, userId: string, seq: number): void {
    if (userId === holder.get().me?.id || (positions.get(userId) ?? -1) >= seq) return;
    positions.set(userId, seq);
    lists.delete(conversationId);
    changed(conversationId);
  }

  async function load(conversationId: string, positions: Map<string, number>): Promise<void> {
    let cursor: string | undefined;
    for (let page = 0; page < pagesMax; page++) {
      const { items, nextCursor } = await members(conversationId, cursor);
      for (const { userId, readSeq } of items) if (readSeq !== undefined) move(conversationId, positions, userId, readSeq);
      if (nextCursor === null) return;
      cursor = nextCursor;
    }
  }

  /** Not in large groups, and not to who hides what they have read themselves. */
  function isTold(conversationId: string, { me, conversations }: ClientState = holder.get()): boolean {
    const view = conversations.get(conversationId)?.view;
    const memberCount = view?.group?.memberCount ?? Number.POSITIVE_INFINITY;
    return memberCount <= limits.receiptsMaxMembers && view?.me.leftAt === undefined && me?.readReceipts !== false;
  }

  function ask(conversationId: string): void {
    const positions = watched.get(conversationId);
    if (positions === undefined || !isLive() || !isTold(conversationId)) return;
    load(conversationId, positions).then(
      () => {
        failures = 0;
      },
      (error: unknown) => {
        const failure = failureOf(error);
        if (failure.kind === 'refused' && !failure.retryable) return;
        // Without a connection it is asked for with the next one. What is told meanwhile counts already.
        const again = () => watched.get(conversationId) === positions && ask(conversationId);
        const atLeastMs = failure.kind === 'refused' ? (failure.retryAfterMs ?? 0) : 0;
        if (isLive()) runtime.setTimeout(again, atLeastMs + backoffMs(failures++, runtime.random));
      },
    );
  }

  return {
    watch(conversationId) {
      if (watched.has(conversationId)) return;
      watched.set(conversationId, new Map());
      ask(conversationId);
      for (const oldest of watched.keys()) {
        if (watched.size <= watchedMax) break;
        watched.delete(oldest);
        lists.delete(oldest);
      }
    },
    heard(item) {
      if (item.type !== 'conversation.read' && item.type !== 'message.sent') return;
      const positions = watched.get(item.conversationId);
      if (positions === undefined || !isTold(item.conversationId)) return;
      if (item.type === 'conversation.read') move(item.conversationId, positions, item.userId, item.readSeq);
      else if (positions.has(item.message.senderId))
        move(item.conversationId, positions, item.message.senderId, item.message.seq);
    },
    positionsOf(conversationId) {
      const positions = watched.get(conversationId);
      if (positions === undefined) return none;
      let list = lists.get(conversationId);
      if (list === undefined) {
        list = [...positions.values()].sort((a, b) => b - a);
        lists.set(conversationId, list);
      }
      return list;
    },
    retry() {
      for (const conversationId of watched.keys()) ask(conversationId);
    },
    clear() {
      watched.clear();
      lists.clear();
    },
  };
}
