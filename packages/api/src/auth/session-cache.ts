import type { Bus } from '../bus.ts';
import type { Clock, Session } from '../context.ts';

/** How long a look-up may be believed: the bound on a revocation that the bus did not carry. */
const entryMs = 1_000;
const maxEntries = 20_000;

/** A session as found by one of its access tokens, and until when that holds by itself. */
export interface FoundSession {
  session: Session;
  expiresAt: number;
}

/** Answers of the token look-up for one second, so that a burst of calls asks the database once. */
export interface SessionCache {
  /** What is known under `key`, or what `load` finds; callers at the same time share one `load`. Only finds are kept. */
  get(key: string, load: () => Promise<FoundSession | null>): Promise<Session | null>;
  close(): void;
}

/** Forgets a session the moment the bus says that it is revoked. */
export function makeSessionCache(bus: Bus, clock: Clock): SessionCache {
  const entries = new Map<string, FoundSession & { until: number }>();
  const loading = new Map<string, Promise<FoundSession | null>>();

  const unsubscribe = bus.subscribe((messages) => {
    for (const message of messages) {
      if (message.kind !== 'sessionsRevoked') continue;
      const revoked = new Set(message.sessionIds);
      for (const [key, entry] of entries) if (revoked.has(entry.session.id)) entries.delete(key);
      // A load under way may have read the row before the revocation: whoever comes now asks again, and it is not kept.
      loading.clear();
    }
  });

  function keep(key: string, found: FoundSession): void {
    const now = clock.now();
    // All live equally long, so the first ones are the first to die.
    for (const [oldKey, entry] of entries) {
      if (entry.until > now && entries.size < maxEntries) break;
      entries.delete(oldKey);
    }
    entries.set(key, { ...found, until: Math.min(now + entryMs, found.expiresAt) });
  }

  return {
    async get(key, load) {
      const known = entries.get(key);
      if (known !== undefined && clock.now() < known.until) return known.session;
      entries.delete(key);

      let load_ = loading.get(key);
      if (load_ === undefined) {
        const mine = load();
        load_ = mine;
        loading.set(key, mine);
        const settle = (found: FoundSession | null) => {
          if (loading.get(key) !== mine) return;
          loading.delete(key);
          if (found !== null) keep(key, found);
        };
        mine.then(settle, () => settle(null));
      }
      return (await load_)?.session ?? null;
    },
    close: unsubscribe,
  };
}
