import { type ConversationView, type ListMessagesInput, type ListMessagesResult, limits, type MessageView } from '@nexo/shared';
import { withJoined } from '../reducer/me.ts';
import { type MessageWindow, withConversation } from '../reducer/state.ts';
import { cutToVisible, firstVisible } from '../reducer/visible.ts';
import { mergeRows, receiveAfter, receiveAround, receiveBefore, receiveNewest, receiveVersions } from '../reducer/windows.ts';
import type { StateHolder } from '../store/state-holder.ts';
import { backoffMs } from '../transport/backoff.ts';
import { failureOf } from '../transport/failure.ts';
import type { Runtime } from '../types/options.ts';
import type { Timeline } from '../types/store.ts';

/** Conversations whose messages stay in memory although nobody looks at them. */
const unwatchedMax = 10;
/** Times that the newest page is asked for in a row while messages overtake it. */
const newestMaxTries = 5;
/** Times that a page is asked for in a row while the cursor jumps over it. */
const askMaxTries = 5;
/** Loaded rows that could not be asked for again are tried once more after this. */
const refreshAgainMs = 2_000;

export interface TimelinesOptions {
  holder: StateHolder;
  runtime: Runtime;
  isLive(): boolean;
  list(input: ListMessagesInput): Promise<ListMessagesResult>;
  get(conversationId: string, seqs: number[]): Promise<MessageView[]>;
  getConversation(conversationId: string): Promise<ConversationView>;
  loadStored(conversationId: string, before: number | undefined, limit: number): Promise<MessageView[]>;
  /** A page came from the server. */
  loaded(messages: readonly MessageView[]): void;
  isWatched(conversationId: string): boolean;
  /** How it stands has changed. */
  changed(conversationId: string): void;
}

/** How loading stands, beside the rows. */
type Loading = Pick<Timeline, 'status' | 'loadingBefore' | 'loadingAfter'>;

/** Loads stretches of messages: what is stored is shown first, what the server says then stands. */
export interface Timelines {
  loading(conversationId: string): Loading;
  open(conversationId: string): Promise<void>;
  loadBefore(conversationId: string): Promise<void>;
  loadAfter(conversationId: string): Promise<void>;
  loadAround(conversationId: string, seq: number): Promise<void>;
  loadNewest(conversationId: string): Promise<void>;
  /** The connection is there: loads what could not be loaded, and what a repair has left open. */
  retry(): void;
  clear(): void;
}

interface Opened extends Loading {
  /** The page shown is not confirmed by the server yet. */
  needsNewest: boolean;
  newest: Promise<void> | null;
  /** Times in a row that it could not be loaded. */
  failures: number;
  /** How many jumps of the cursor the loaded rows have outlived: they were asked for again since. */
  jumps: number;
  isRefreshing: boolean;
}

const idle: Loading = { status: 'idle', loadingBefore: false, loadingAfter: false };

export function makeTimelines(options: TimelinesOptions): Timelines {
  const { holder, runtime } = options;
  /** By how recently they were opened, the latest last. */
  const opened = new Map<string, Opened>();

  holder.listen((next) => {
    for (const [id, entry] of opened) {
      const conversation = next.conversations.get(id);
      if (jumpsOf(id) > entry.jumps) queueMicrotask(() => void refresh(id));
      // A repair may drop rows that no longer touch the newest ones: whoever looks gets the newest page again.
      if (conversation?.window === null && !entry.needsNewest && entry.status === 'ready') {
        entry.needsNewest = true;
        queueMicrotask(() => void loadNewest(id));
      }
    }
  });

  function windowOf(conversationId: string): MessageWindow | null {
    return holder.get().conversations.get(conversationId)?.window ?? null;
  }

  function setWindow(
    conversationId: string,
    change: (window: MessageWindow | null, headSeq: number) => MessageWindow | null,
  ): void {
    const state = holder.get();
    const conversation = state.conversations.get(conversationId);
    if (conversation === undefined) return;
    const window = change(conversation.window, conversation.view.head.seq);
    if (window === conversation.window) return;
    // A page may have been read before it was cleared.
    holder.commit(withConversation(state, cutToVisible({ ...conversation, window })));
  }

  function set(conversationId: string, change: Partial<Opened>): void {
    const entry = opened.get(conversationId) ?? {
      ...idle,
      needsNewest: true,
      newest: null,
      failures: 0,
      jumps: 0,
      isRefreshing: false,
    };
    opened.set(conversationId, Object.assign(entry, change));
    options.changed(conversationId);
  }

  /** As {@link set}, of what came late: what was forgotten meanwhile stays forgotten. */
  function update(conversationId: string, change: Partial<Opened>): void {
    if (opened.has(conversationId)) set(conversationId, change);
  }

  async function open(conversationId: string): Promise<void> {
    const known = opened.get(conversationId);
    opened.delete(conversationId);
    if (known !== undefined) opened.set(conversationId, known);
    forgetUnwatched();
    if (known !== undefined && !known.needsNewest && windowOf(conversationId) !== null) return;
    if (windowOf(conversationId) === null) {
      set(conversationId, { status: 'loading' });
      await showStored(conversationId);
    }
    await loadNewest(conversationId);
  }

  async function showStored(conversationId: string): Promise<void> {
    const stored = withoutHoles(await loadStored(conversationId, undefined));
    if (stored.length === 0) return;
    setWindow(
      conversationId,
      (window) => window ?? { rows: stored, hasBefore: hasMore(conversationId, stored), hasAfter: false, reading: 'end' },
    );
    if (windowOf(conversationId) !== null) update(conversationId, { status: 'ready' });
  }

  /**
   * A page that no jump of the cursor has overtaken. Of what was edited and revoked while it was on its way the stream tells, and what is
   * told is remembered; of what a jump has left out nobody tells.
   */
  async function ask(input: ListMessagesInput): Promise<ListMessagesResult> {
    for (let tries = 0; tries < askMaxTries; tries++) {
      const jumps = jumpsOf(input.conversationId);
      const page = await options.list(input);
      if (jumpsOf(input.conversationId) === jumps) return page;
    }
    throw new Error('The conversation went on too fast');
  }

  /** Shares one request between calls at the same time. */
  function loadNewest(conversationId: string): Promise<void> {
    const running = opened.get(conversationId)?.newest;
    if (running != null) return running;
    set(conversationId, { needsNewest: true, ...(windowOf(conversationId) === null ? { status: 'loading' } : {}) });
    const newest = fetchNewest(conversationId).finally(() => update(conversationId, { newest: null }));
    update(conversationId, { newest });
    return newest;
  }

  async function fetchNewest(conversationId: string): Promise<void> {
    try {
      await makeKnown(conversationId);
      let page: ListMessagesResult;
      let tries = 0;
      do {
        page = await ask({ conversationId, limit: limits.latestPageMessages });
        if (!opened.has(conversationId)) return;
        const read = page;
        setWindow(conversationId, (window, headSeq) => receiveNewest(window, read, headSeq));
        options.loaded(page.items);
        // Something was said while the page was on its way, and no window was there to take it.
        tries++;
      } while (
        tries < newestMaxTries &&
        windowOf(conversationId)?.hasAfter === true &&
        page.head.seq < headSeqOf(conversationId)
      );
      update(conversationId, { status: 'ready', needsNewest: false, failures: 0 });
    } catch (error) {
      const failure = failureOf(error);
      const isFinal = failure.kind === 'refused' && !failure.retryable;
      const isShown = windowOf(conversationId) !== null;
      // Without an answer it stays `loading` and is asked again: soon on a living connection, else with the next one.
      update(conversationId, { status: isFinal && !isShown ? 'error' : isShown ? 'ready' : 'loading', needsNewest: !isFinal });
      if (!isFinal && options.isLive()) tryAgain(conversationId, failure.kind === 'refused' ? (failure.retryAfterMs ?? 0) : 0);
    }
  }

  function tryAgain(conversationId: string, atLeastMs: number): void {
    const entry = opened.get(conversationId);
    if (entry === undefined) return;
    runtime.setTimeout(
      () => {
        if (opened.get(conversationId) === entry && entry.needsNewest && options.isLive()) void loadNewest(conversationId);
      },
      atLeastMs + backoffMs(entry.failures++, runtime.random),
    );
  }

  function jumpsOf(conversationId: string): number {
    return holder.get().jumps?.get(conversationId) ?? 0;
  }

  /** The cursor went on without a diff: the loaded rows are asked for again. Without an answer, with the next connection. */
  async function refresh(conversationId: string): Promise<void> {
    const entry = opened.get(conversationId);
    if (entry === undefined || entry.isRefreshing || jumpsOf(conversationId) <= entry.jumps) return;
    entry.isRefreshing = true;
    const jumps = jumpsOf(conversationId);
    try {
      const seqs = (windowOf(conversationId)?.rows ?? []).map(({ seq }) => seq);
      for (let start = 0; start < seqs.length; start += limits.pageMax) {
        const asked = seqs.slice(start, start + limits.pageMax);
        const told = await options.get(conversationId, asked);
        setWindow(conversationId, (window) => (window === null ? null : receiveVersions(window, asked, told)));
        options.loaded(told);
      }
      entry.jumps = jumps;
    } catch (error) {
      // Nothing is left to read there.
      if (failureOf(error).kind === 'refused' && opened.get(conversationId) === entry) entry.jumps = jumps;
    } finally {
      entry.isRefreshing = false;
    }
    if (jumpsOf(conversationId) > entry.jumps && options.isLive())
      runtime.setTimeout(() => void refresh(conversationId), refreshAgainMs);
  }

  function headSeqOf(conversationId: string): number {
    return holder.get().conversations.get(conversationId)?.view.head.seq ?? 0;
  }

  /** A link may lead to a conversation that this client has not heard of. */
  async function makeKnown(conversationId: string): Promise<void> {
    if (holder.get().conversations.has(conversationId)) return;
    const view = await options.getConversation(conversationId);
    holder.commit(withJoined(holder.get(), view));
  }

  async function loadBefore(conversationId: string): Promise<void> {
    const window = windowOf(conversationId);
    const first = window?.rows[0];
    if (window === null || first === undefined || !window.hasBefore || opened.get(conversationId)?.loadingBefore === true) return;
    set(conversationId, { loadingBefore: true });
    const before = first.seq;
    try {
      const page = await ask({ conversationId, before, limit: limits.latestPageMessages });
      setWindow(conversationId, (now) => (now === null ? null : receiveBefore(now, before, page)));
      options.loaded(page.items);
    } catch (error) {
      if (!(await showStoredBefore(conversationId, before))) throw error;
    } finally {
      update(conversationId, { loadingBefore: false });
    }
  }

  /** Without the server, older rows that are stored are better than none; a hole in them is where they end. */
  async function showStoredBefore(conversationId: string, before: number): Promise<boolean> {
    const stored = withoutHoles(await loadStored(conversationId, before));
    if (stored.at(-1)?.seq !== before - 1) return false;
    const page = { items: stored, hasBefore: hasMore(conversationId, stored) };
    setWindow(conversationId, (now) => (now === null ? null : receiveBefore(now, before, page)));
    return true;
  }

  async function loadAfter(conversationId: string): Promise<void> {
    const window = windowOf(conversationId);
    const last = window?.rows.at(-1);
    if (window?.hasAfter === true && last === undefined) return loadNewest(conversationId);
    if (window === null || last === undefined || !window.hasAfter || opened.get(conversationId)?.loadingAfter === true) return;
    set(conversationId, { loadingAfter: true });
    try {
      const page = await ask({ conversationId, after: last.seq, limit: limits.latestPageMessages });
      setWindow(conversationId, (now, headSeq) => (now === null ? null : receiveAfter(now, last.seq, page, headSeq)));
      options.loaded(page.items);
    } finally {
      update(conversationId, { loadingAfter: false });
    }
  }

  async function loadAround(conversationId: string, seq: number): Promise<void> {
    const window = windowOf(conversationId);
    const isLoaded = window?.rows.some((row) => row.seq === seq) ?? false;
    if (isLoaded) return;
    await makeKnown(conversationId);
    const page = await ask({ conversationId, around: seq, limit: limits.pageMax });
    setWindow(conversationId, (_, headSeq) => receiveAround(page, headSeq));
    set(conversationId, { status: 'ready', needsNewest: false });
    options.loaded(page.items);
  }

  /** What was cleared may still be stored, until the tab that keeps the state has heard of it. */
  async function loadStored(conversationId: string, before: number | undefined): Promise<MessageView[]> {
    const jumps = jumpsOf(conversationId);
    const stored = await options.loadStored(conversationId, before, limits.latestPageMessages).catch(() => []);
    // What was stored before is void.
    if (jumpsOf(conversationId) !== jumps) return [];
    const me = holder.get().conversations.get(conversationId)?.view.me;
    return me === undefined ? stored : stored.filter((message) => message.seq >= firstVisible(me));
  }

  function hasMore(conversationId: string, rows: readonly MessageView[]): boolean {
    const firstVisible = holder.get().conversations.get(conversationId)?.view.me.visible[0]?.from ?? 1;
    return (rows[0]?.seq ?? 0) > firstVisible;
  }

  function forgetUnwatched(): void {
    const unwatched = [...opened.keys()].filter((id) => !options.isWatched(id));
    for (const id of unwatched.slice(0, Math.max(0, unwatched.length - unwatchedMax))) {
      opened.delete(id);
      setWindow(id, () => null);
    }
  }

  return {
    loading: (conversationId) => opened.get(conversationId) ?? idle,
    open,
    loadBefore,
    loadAfter,
    loadAround,
    loadNewest,
    retry() {
      for (const [id, entry] of opened) {
        void refresh(id);
        if (entry.needsNewest && entry.status !== 'error') void loadNewest(id);
      }
    },
    clear() {
      const ids = [...opened.keys()];
      opened.clear();
      for (const id of ids) options.changed(id);
    },
  };
}

/** The rows from the last hole on. What is stored may have holes; numbers tell. */
function withoutHoles(rows: readonly MessageView[]): readonly MessageView[] {
  let start = rows.length - 1;
  while (start > 0 && rows[start - 1]?.seq === (rows[start]?.seq ?? 0) - 1) start--;
  return start <= 0 ? mergeRows([], rows) : rows.slice(start);
}
