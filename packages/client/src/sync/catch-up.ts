import {
  type ConversationRepair,
  type ConversationView,
  limits,
  type MessageView,
  type ResumeResult,
  type SnapshotResult,
} from '@nexo/shared';
import { applyRepair, applyResume, applySnapshot, withUserChange } from '../reducer/apply-repair.ts';
import { type ClientState, emptyState } from '../reducer/state.ts';
import { isUsable, tolerantly } from '../reducer/tolerance.ts';
import type { StateHolder } from '../store/state-holder.ts';
import { backoffMs } from '../transport/backoff.ts';
import { failureOf } from '../transport/failure.ts';
import type { Runtime } from '../types/options.ts';
import type { Inbox } from './inbox.ts';
import type { ServerClock } from './server-clock.ts';

/** What catching up asks of the server. */
interface SyncCalls {
  snapshot(cursor: string | undefined): Promise<SnapshotResult>;
  resume(input: {
    epoch: string;
    userChange: number;
    after?: string;
    upTo?: string;
    conversations: { id: string; change: number }[];
  }): Promise<ResumeResult>;
  changes(conversationId: string, since: number): Promise<ConversationRepair>;
}

export interface CatchUpOptions {
  calls: SyncCalls;
  holder: StateHolder;
  inbox(): Inbox;
  clock: ServerClock;
  runtime: Runtime;
  /** The stream is up; repairs wait for the next connection otherwise. */
  isConnected(): boolean;
  /** What is stored belongs to another epoch. */
  forgetStored(): Promise<void>;
  /** Messages that came by a repair and were not there before, in order within their conversation. */
  applied(message: MessageView): void;
  /** A message that was there is another version of itself. */
  changed?(message: MessageView): void;
  /** A repair that was needed, when it is applied. */
  repaired?(repair: ConversationRepair): void;
  /** Everything was read anew, as if for the first time. */
  restarted?(): void;
  /** The person removed these from their own view while this client was away. */
  removed?(conversationId: string, seqs: readonly number[]): void;
  /** The connection is no good for a resume: start it over. */
  reconnect(): void;
}

/** Brings the store up to date: as a whole after connecting, piece by piece when the stream shows a hole. */
export interface CatchUp {
  /** Resumes, or takes a snapshot when there is nothing to resume. Rejects when the server does not answer. */
  run(): Promise<void>;
  /** The same while live; again when asked during one, and never two at once. */
  resumeSoon(): void;
  /** Asks for the changes of one conversation; never two questions about one at once. */
  repair(conversationId: string): void;
}

export function makeCatchUp(options: CatchUpOptions): CatchUp {
  const { calls, holder, runtime, clock } = options;
  const repairing = new Set<string>();
  let running: Promise<void> | null = null;
  let mustRunAgain = false;

  /** One at a time: a second asked for meanwhile begins when the first is done, as the first may have read too early. */
  function run(): Promise<void> {
    const before = running ?? Promise.resolve();
    const mine = before.catch(() => {}).then(bringUpToDate);
    running = mine;
    const done = () => {
      if (running === mine) running = null;
    };
    mine.then(done, done);
    return mine;
  }

  async function bringUpToDate(): Promise<void> {
    do {
      mustRunAgain = false;
      await resumeOrStart();
      // A conversation may move between two pages of a snapshot; its event is held, and the server knows the rest.
      if (options.inbox().hasForeign()) await resumeOrStart();
    } while (mustRunAgain);
  }

  async function resumeOrStart(): Promise<void> {
    const state = holder.get();
    if (state.epoch === null || !(await resume(state, state.epoch))) await snapshot();
    options.inbox().drain();
  }

  /** False when the epoch is another one: nothing that is kept holds any more. */
  async function resume(state: ClientState, epoch: string): Promise<boolean> {
    const results: number[] = [];
    let more = false;
    for (const part of partsOf(state)) {
      const sentAt = runtime.now();
      const result = await calls.resume({ epoch, userChange: state.userChange, ...part });
      if (result.kind === 'epochChanged') {
        await options.forgetStored();
        options.inbox().clear();
        holder.commit({ ...emptyState, myId: state.myId, me: state.me });
        return false;
      }
      clock.learn(result.serverTime, sentAt);
      const asked = new Map(part.conversations.map(({ id, change }) => [id, change]));
      const begun = await openBegun(result.added, state.userChange);
      const before = holder.get();
      let next = applyResume(before, result, asked);
      for (const repair of begun) next = tolerantly(next, (now) => applyRepair(now, repair, 0));
      commit(next, before, result.repairs);
      for (const repair of begun) tellBegun(repair, before);
      for (const { conversationId, seqs } of result.removed ?? []) options.removed?.(conversationId, seqs);
      results.push(result.userChange);
      more ||= result.addedMore && hasMoved(before, holder.get());
    }
    // The private cursor stays until all is in: by it we know what began while we were away.
    if (more) return resume(holder.get(), epoch);
    // Each part is complete up to its own moment, all of them together up to the earliest.
    holder.commit(withUserChange(holder.get(), Math.min(...results)));
    return true;
  }

  /**
   * Conversations that began while we were away, with what was said in them. Those that are only new to us, as an earlier
   * snapshot was not finished, are older than our private cursor.
   */
  async function openBegun(added: readonly ConversationView[], userChange: number): Promise<Reset[]> {
    const begun: Reset[] = [];
    for (const conversation of added.filter(isUsable)) {
      const { id, me, lastMessage } = conversation;
      if (me.userChange <= userChange || lastMessage === undefined) continue;
      const isOnly = me.visible.at(-1)?.from === lastMessage.seq;
      const answer = isOnly ? undefined : await calls.changes(id, 0).catch(() => undefined);
      begun.push(answer?.kind === 'reset' ? answer : { kind: 'reset', conversation, messages: [lastMessage] });
    }
    return begun;
  }

  /** What the stream has told meanwhile is not told again. */
  function tellBegun({ conversation, messages }: Reset, before: ClientState): void {
    const told = before.conversations.get(conversation.id)?.view.head.seq ?? 0;
    const first = Math.max(told + 1, conversation.me.visible.at(-1)?.from ?? 1);
    for (const message of [...messages].sort((a, b) => a.seq - b.seq)) {
      if (message.seq >= first) options.applied(message);
    }
  }

  async function snapshot(): Promise<void> {
    let cursor: string | undefined;
    do {
      const sentAt = runtime.now();
      const page = await calls.snapshot(cursor);
      clock.learn(page.serverTime, sentAt);
      holder.commit(applySnapshot(holder.get(), page, cursor === undefined));
      options.inbox().drain();
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    options.restarted?.();
  }

  function resumeSoon(): void {
    if (!options.isConnected()) return;
    if (running !== null) {
      mustRunAgain = true;
      return;
    }
    run().catch(() => options.reconnect());
  }

  function repair(conversationId: string): void {
    if (repairing.has(conversationId) || !options.isConnected()) return;
    repairing.add(conversationId);
    ask(conversationId, 0);
  }

  function ask(conversationId: string, attempt: number): void {
    const since = holder.get().conversations.get(conversationId)?.view.head.change;
    if (since === undefined || !options.isConnected()) {
      repairing.delete(conversationId);
      return;
    }
    calls.changes(conversationId, since).then(
      (answer) => {
        repairing.delete(conversationId);
        const before = holder.get();
        commit(
          tolerantly(before, (now) => applyRepair(now, answer, since)),
          before,
          [answer],
        );
        options.inbox().drain();
      },
      (error: unknown) => {
        const failure = failureOf(error);
        const mayRetry = failure.kind === 'unknown' || failure.retryable;
        const waitMs = failure.kind === 'refused' ? (failure.retryAfterMs ?? 0) : 0;
        if (mayRetry) runtime.setTimeout(() => ask(conversationId, attempt + 1), waitMs + backoffMs(attempt, runtime.random));
        else repairing.delete(conversationId);
      },
    );
  }

  /** Commits, then tells of the messages that are new by it. */
  function commit(next: ClientState, before: ClientState, repairs: readonly ConversationRepair[]): void {
    holder.commit(next);
    for (const repair of repairs) {
      if (repair.kind !== 'reset' && repair.kind !== 'changes') continue;
      const id = repair.kind === 'reset' ? repair.conversation?.id : repair.conversationId;
      const known = before.conversations.get(id);
      // Nothing moved by it: it was not needed, or could not be understood.
      if (known === undefined || next.conversations.get(id) === known) continue;
      options.repaired?.(repair);
      const knownSeq = known.view.head.seq;
      for (const message of [...repair.messages].sort((a, b) => a.seq - b.seq)) {
        if (message.seq > knownSeq) options.applied(message);
        else options.changed?.(message);
      }
    }
  }

  return { run, resumeSoon, repair };
}

/** Whether a cursor moved: an answer that cannot be applied would be the same again, for ever. */
function hasMoved(before: ClientState, now: ClientState): boolean {
  const { conversations } = before;
  if (conversations.size !== now.conversations.size) return true;
  return [...now.conversations].some(([id, { view }]) => view.head.change !== conversations.get(id)?.view.head.change);
}

type Reset = Extract<ConversationRepair, { kind: 'reset' }>;

interface Part {
  after?: string;
  upTo?: string;
  conversations: { id: string; change: number }[];
}

/** The cursors sorted by id and cut into parts; the first is open below and the last above, so that they cover everything. */
export function partsOf(state: ClientState): Part[] {
  const cursors = [...state.conversations.values()]
    .map(({ view }) => ({ id: view.id, change: view.head.change }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const parts: Part[] = [];
  for (let start = 0; start === 0 || start < cursors.length; start += limits.resumeMaxConversations) {
    const conversations = cursors.slice(start, start + limits.resumeMaxConversations);
    const part: Part = { conversations };
    const previous = parts.at(-1)?.upTo;
    if (previous !== undefined) part.after = previous;
    const last = conversations.at(-1);
    if (last !== undefined && start + limits.resumeMaxConversations < cursors.length) part.upTo = last.id;
    parts.push(part);
  }
  return parts;
}
