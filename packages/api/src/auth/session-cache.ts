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

/** A look-up under way, and the sessions revoked meanwhile: it may have read their rows before. */
interface Load {
  found: Promise<FoundSession | null>;
  revoked: Set<string>;
}

/** Forgets a session the moment the bus says that it is revoked. */
export function makeSessionCache(bus: Bus, clock: Clock): SessionCache {
  const entries = new Map<string, FoundSession & { until: number }>();
  const loads = new Map<string, Load>();

  const unsubscribe = bus.subscribe(
    (messages) => {
      for (const message of messages) {
        if (message.kind !== 'sessionsRevoked') continue;
        const revoked = new Set(message.sessionIds);
        for (const [key, entry] of entries) if (revoked.has(entry.session.id)) entries.delete(key);
        for (const load of loads.values()) for (const id of revoked) load.revoked.add(id);
      }
    },
    ({ kind }) => kind === 'sessionsRevoked',
  );

  function keep(key: string, found: FoundSession): void {
    const now = clock.now();
    // All live equally long, so the first ones are the first to die.
    for (const [oldKey, entry] of entries) {
      if (entry.until > now && entries.size < maxEntries) break;
      entries.delete(oldKey);
    }
    entries.set(key, { ...found, until: Math.min(now + entryMs, found.expiresAt) });
  }

  async function settle(key: string, finding: Promise<FoundSession | null>, revoked: Set<string>): Promise<FoundSession | null> {
    try {
      const found = await finding;
      if (found === null || revoked.has(found.session.id)) return null;
      keep(key, found);
      return found;
    } finally {
      loads.delete(key);
    }
  }

  return {
    async get(key, find) {
      const known = entries.get(key);
      if (known !== undefined && clock.now() < known.until) return known.session;
      entries.delete(key);
      let load = loads.get(key);
      if (load === undefined) {
        const revoked = new Set<string>();
        load = { found: settle(key, find(), revoked), revoked };
        loads.set(key, load);
      }
      return (await load.found)?.session ?? null;
    },
    close: unsubscribe,
  };
}
