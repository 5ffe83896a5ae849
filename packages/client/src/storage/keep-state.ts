import type { Outbox } from '../outbox/outbox.ts';
import type { ConversationState } from '../reducer/state.ts';
import { changedConversations, type StateHolder } from '../store/state-holder.ts';
import type { Runtime } from '../types.ts';
import type { Keeper } from './keeper.ts';
import type { OutboxEntry, Storage, StorageBatch, StorageMaker } from './storage.ts';

export interface KeepStateOptions {
  holder: StateHolder;
  keeper: Keeper;
  outbox: Outbox;
  runtime: Runtime;
  /** This client's (this tab's) name in entries of the outbox. */
  owner: string;
}

/** Keeps the state of one person in storage, and finds it again. */
export interface KeptState {
  userId(): string | null;
  /** Opens what is kept of this person and puts it into the (empty) state. Broken storage is as good as none, and reported. */
  open(userId: string, makeStorage: StorageMaker): Promise<void>;
  /** Takes over what clients that are gone have left unsent. */
  adoptOrphans(): Promise<void>;
  /** Another epoch: everything but what waits to be sent is void. */
  forgetAllButOutbox(): Promise<void>;
  /** Forgets everything of this person. */
  forget(): Promise<void>;
  /** Writes what waits and closes. */
  close(): Promise<void>;
}

export function keepState({ holder, keeper, outbox, runtime, owner }: KeepStateOptions): KeptState {
  let userId: string | null = null;
  let isLoading = false;
  let releaseOwner: (() => void) | null = null;

  holder.listen((next, before) => {
    if (keeper.storage === null || isLoading) return;
    const batch: StorageBatch = {};
    const changed = changedConversations(next, before);
    const viewOf = (id: string): ConversationState['view'] | undefined => next.conversations.get(id)?.view;
    const written = changed.flatMap((id) => {
      const view = viewOf(id);
      return view === undefined || view === before.conversations.get(id)?.view ? [] : [view];
    });
    const removed = changed.filter((id) => !next.conversations.has(id));
    if (written.length > 0) batch.conversations = written;
    if (removed.length > 0) batch.removedConversationIds = removed;
    if (next.epoch !== null && next.me !== null) {
      const { epoch, userChange, me } = next;
      const isSame = epoch === before.epoch && userChange === before.userChange && me === before.me;
      if (!isSame) batch.state = { epoch, userChange, me };
    }
    if (Object.keys(batch).length > 0) keeper.later(batch);
  });

  async function open(nextUserId: string, makeStorage: StorageMaker): Promise<void> {
    await close();
    userId = nextUserId;
    let storage: Storage;
    try {
      storage = await makeStorage(nextUserId);
    } catch {
      keeper.use(null);
      keeper.health.set('failed');
      return;
    }
    keeper.use(storage);
    holdOwnLock();
    isLoading = true;
    try {
      const [state, conversations] = await Promise.all([storage.loadState(), storage.loadConversations()]);
      if (state !== undefined) {
        const { epoch, userChange, me } = state;
        const known = conversations.map((view): [string, ConversationState] => [
          view.id,
          { view, window: null, localRead: null },
        ]);
        holder.commit({ epoch, userChange, me, conversations: new Map(known) });
      }
      await adoptOrphans();
    } catch {
      keeper.health.set('failed');
    } finally {
      isLoading = false;
    }
  }

  async function adoptOrphans(): Promise<void> {
    const { storage } = keeper;
    if (storage === null) return;
    const entries = await storage.loadOutbox();
    const foreign = entries.filter((entry) => entry.owner !== owner);
    for (const [theirs, left] of groupByOwner(foreign)) {
      if (await isAlive(theirs)) continue;
      const mine = left.map((entry) => ({ ...entry, owner }));
      // In storage first: two clients that find the same orphans both send them, and the server takes each once.
      await keeper.now({ outbox: mine });
      outbox.adopt(mine);
    }
  }

  /** A tab holds a lock of its own name as long as it lives. Where there are no locks, nobody else shares this storage. */
  async function isAlive(theirs: string): Promise<boolean> {
    if (runtime.locks === undefined) return false;
    const { held } = await runtime.locks.query();
    return held?.some((lock) => lock.name === lockName(theirs)) ?? false;
  }

  function holdOwnLock(): void {
    if (runtime.locks === undefined || releaseOwner !== null) return;
    const held = new Promise<void>((resolve) => {
      releaseOwner = resolve;
    });
    runtime.locks.request(lockName(owner), () => held).catch(() => {});
  }

  async function close(): Promise<void> {
    await keeper.flush().catch(() => {});
    keeper.stop();
    const { storage } = keeper;
    keeper.use(null);
    userId = null;
    releaseOwner?.();
    releaseOwner = null;
    await storage?.close().catch(() => {});
  }

  return {
    userId: () => userId,
    open,
    adoptOrphans: () => adoptOrphans().catch(() => keeper.health.set('failed')),
    async forgetAllButOutbox() {
      const { storage } = keeper;
      if (storage === null) return;
      await keeper.flush();
      const outboxEntries = await storage.loadOutbox().catch((): OutboxEntry[] => []);
      await keeper.clear();
      if (outboxEntries.length > 0) await keeper.now({ outbox: outboxEntries });
    },
    async forget() {
      await keeper.clear();
      await close();
    },
    close,
  };
}

const lockName = (owner: string) => `nexo:client:${owner}`;

function groupByOwner(entries: readonly OutboxEntry[]): Map<string, OutboxEntry[]> {
  const groups = new Map<string, OutboxEntry[]>();
  for (const entry of entries) groups.set(entry.owner, [...(groups.get(entry.owner) ?? []), entry]);
  return groups;
}
