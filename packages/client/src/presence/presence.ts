import { limits, type PresenceSignal, type PresenceView } from '@nexo/shared';
import { Cell, CellMap } from '../store/cells.ts';
import type { Runtime } from '../types/options.ts';
import type { Readable } from '../types/store.ts';

/** Views that come and go within this time are told to the server together. */
const gatherMs = 200;
/** Whom nobody looks at any more is watched so much longer: views that come back, as in scrolling, find them as they were. */
const lingerMs = 30_000;
/** A connection that is back within this time leaves what is shown as it is. */
const interruptionMaxMs = 3_000;
/** Signals may get lost, so the question is asked anew. */
const refreshEveryMs = 5 * 60_000;
/** After a refusal it is asked again. */
const retryAfterMs = 5_000;

export interface PresencesOptions {
  runtime: Runtime;
  isLive(): boolean;
  /** `presence.subscribe`: whom the server tells of from now on. */
  subscribe(userIds: string[]): Promise<readonly PresenceView[]>;
}

/** Who is there, of those whom somebody looks at: approximate, never stored, `unknown` without a connection. */
export interface Presences {
  presence(userId: string): Readable<PresenceView>;
  /** Keeps these users watched until the returned function is called. Of very many, the ones named last. */
  watch(userIds: readonly string[]): () => void;
  heard(signal: PresenceSignal): void;
  /** It is live, or no longer. */
  connectionChanged(): void;
  /** Signals may have been lost. */
  refresh(): void;
  /** What was known belongs to another person. */
  clear(): void;
  stop(): void;
}

export function makePresences({ runtime, isLive, subscribe }: PresencesOptions): Presences {
  const cells = new CellMap((userId) => new Cell<PresenceView>(unknown(userId)));
  /** How many views watch a user; whom a view named last comes last. 0 while lingering. */
  const wanted = new Map<string, number>();
  const lingering = new Map<string, unknown>();
  /** Whom this connection is told of; null when the server has to be told anew. */
  let said: ReadonlySet<string> | null = null;
  let calls = 0;
  /** Signals since the last call: newer than its answer. */
  const signalled = new Set<string>();
  let sayTimer: unknown;
  let refreshTimer: unknown;
  let lossTimer: unknown;

  function watch(userIds: readonly string[]): () => void {
    const own = [...new Set(userIds)];
    for (const id of own) {
      runtime.clearTimeout(lingering.get(id));
      lingering.delete(id);
      const count = wanted.get(id) ?? 0;
      wanted.delete(id);
      wanted.set(id, count + 1);
    }
    saySoon();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      for (const id of own) release(id);
    };
  }

  function release(id: string): void {
    const left = (wanted.get(id) ?? 1) - 1;
    wanted.set(id, left);
    if (left > 0) return;
    lingering.set(
      id,
      runtime.setTimeout(() => {
        lingering.delete(id);
        wanted.delete(id);
        saySoon();
      }, lingerMs),
    );
  }

  /** Those that are looked at before those that linger. */
  function choose(): string[] {
    const looked = [...wanted].filter(([, count]) => count > 0).map(([id]) => id);
    const others = [...wanted.keys()].filter((id) => wanted.get(id) === 0);
    return [...others, ...looked].slice(-limits.presenceWatchMax);
  }

  function saySoon(afterMs = gatherMs): void {
    sayTimer ??= runtime.setTimeout(() => {
      sayTimer = undefined;
      say();
    }, afterMs);
  }

  function say(): void {
    if (!isLive()) return;
    const userIds = choose();
    if (said !== null && said.size === userIds.length && userIds.every((id) => said?.has(id))) return;
    if (said === null && userIds.length === 0) return;
    for (const id of said ?? []) if (!userIds.includes(id)) set(unknown(id));
    said = new Set(userIds);
    signalled.clear();
    const call = ++calls;
    subscribe(userIds).then(
      (views) => {
        if (call !== calls) return;
        for (const view of views) if (!signalled.has(view.userId)) set(view);
      },
      () => {
        if (call !== calls) return;
        said = null;
        saySoon(retryAfterMs);
      },
    );
    runtime.clearTimeout(refreshTimer);
    refreshTimer = runtime.setTimeout(refresh, refreshEveryMs);
  }

  function refresh(): void {
    said = null;
    saySoon();
  }

  function set(view: PresenceView): void {
    const cell = cells.of(view.userId);
    if (JSON.stringify(cell.get()) !== JSON.stringify(view)) cell.set(view);
  }

  function forget(): void {
    runtime.clearTimeout(lossTimer);
    lossTimer = undefined;
    for (const cell of cells.values()) set(unknown(cell.get().userId));
  }

  return {
    presence: (userId) => cells.of(userId),
    watch,
    refresh,
    heard({ type: _, ...view }) {
      if (said?.has(view.userId) !== true) return;
      signalled.add(view.userId);
      set(view);
    },
    connectionChanged() {
      if (isLive()) {
        runtime.clearTimeout(lossTimer);
        lossTimer = undefined;
        said = null;
        say();
      } else {
        calls++;
        said = null;
        lossTimer ??= runtime.setTimeout(forget, interruptionMaxMs);
      }
    },
    clear() {
      calls++;
      said = null;
      forget();
    },
    stop() {
      calls++;
      said = null;
      for (const timer of [sayTimer, refreshTimer, ...lingering.values()]) runtime.clearTimeout(timer);
      sayTimer = undefined;
      for (const id of lingering.keys()) wanted.delete(id);
      lingering.clear();
      forget();
    },
  };
}

function unknown(userId: string): PresenceView {
  return { userId, status: 'unknown', platforms: [] };
}
