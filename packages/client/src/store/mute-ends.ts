import type { ServerClock } from '../sync/server-clock.ts';
import type { Runtime } from '../types/options.ts';
import type { StateHolder } from './state-holder.ts';

/** The longest that a timer can wait; what ends later is looked for again then. */
const longestMs = 2 ** 31 - 1;

/** Says when a mute has run out: nothing else happens at that moment by which anybody would look. */
export interface MuteEnds {
  /** These conversations are new, or other than before. */
  changed(conversationIds: readonly string[]): void;
  stop(): void;
}

export function makeMuteEnds(
  { holder, clock, runtime }: { holder: StateHolder; clock: ServerClock; runtime: Runtime },
  ended: () => void,
): MuteEnds {
  let timer: unknown;
  let dueAt = Number.POSITIVE_INFINITY;

  function look(conversationIds: Iterable<string>): void {
    const now = clock.now();
    for (const id of conversationIds) {
      const untilAt = holder.get().conversations.get(id)?.view.me.muted?.untilAt ?? null;
      if (untilAt !== null && untilAt > now && untilAt < dueAt) wakeAt(untilAt, now);
    }
  }

  function wakeAt(at: number, now: number): void {
    runtime.clearTimeout(timer);
    dueAt = at;
    timer = runtime.setTimeout(
      () => {
        dueAt = Number.POSITIVE_INFINITY;
        ended();
        look(holder.get().conversations.keys());
      },
      Math.min(at - now, longestMs),
    );
  }

  return {
    changed: look,
    stop: () => runtime.clearTimeout(timer),
  };
}
