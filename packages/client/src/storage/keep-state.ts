import type { ConversationView, MessageView } from '@nexo/shared';
import type { Outbox } from '../outbox/outbox.ts';
import { noContacts, restoredContacts, storedContacts } from '../reducer/contacts.ts';
import type { ConversationState } from '../reducer/state.ts';
import { isUsable } from '../reducer/tolerance.ts';
import { toldVersions } from '../reducer/versions.ts';
import { firstVisible } from '../reducer/visible.ts';
import { changedConversations, type StateHolder } from '../store/state-holder.ts';
import type { Runtime } from '../types/options.ts';
import type { Keeper } from './keeper.ts';
import type { OutboxEntry, Storage, StorageBatch, StorageMaker } from './storage.ts';

/** A tab that shares its storage with others looks this often for what a closed one has left unsent. */
const lookEveryMs = 30_000;

export interface KeepStateOptions {
  holder: StateHolder;
  keeper: Keeper;
  outbox: Outbox;
  runtime: Runtime;
  /** This client's (this tab's) name in entries of the outbox. */
  owner: string;
}

/**
 * Keeps the state of one person in storage, and finds it again. Of several tabs of one browser one keeps the state (two would put
 * an older cursor beside newer rows), each keeps its own part of the outbox, and what a closed one has left is taken over.
 */
export interface KeptState {
  userId(): string | null;
  /** Opens what is kept of this person and puts it into the (empty) state. Broken storage is as good as none, and reported. */
  open(userId: string, makeStorage: StorageMaker): Promise<void>;
  /**
   * The newest messages kept of a conversation up to `before` (exclusive), ascending; none while it is not certain that what is kept is of
   * after the cursor's last jump.
   */
  loadMessages(conversationId: string, before: number | undefined, limit: number): Promise<MessageView[]>;
  /** Messages that came: kept soon. */
  keepMessages(messages: readonly MessageView[]): void;
  /** A newer version of a message, for where it is kept. */
  keepChanged(message: MessageView): void;
  /** Messages that the person removed: soon gone from here too. */
  forgetMessages(conversationId: string, seqs: readonly number[]): void;
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
  /** Whether this client keeps the state; where there are no locks, nobody else shares this storage. */
  let isWriter = false;
  let locks: AbortController | null = null;
  let timer: unknown;
  /** Jumps of the cursor, by conversation, of which storage knows: what was kept before them is gone from there. */
  const jumpsKept = new Map<string, number>();

  holder.listen((next, before) => {
    if (keeper.storage === null || isLoading || !isWriter) return;
    const batch: StorageBatch = {};
    const changed = changedConversations(next, before);
    const viewOf = (id: string) => next.conversations.get(id)?.view;
    const written = changed.flatMap((id) => {
      const view = viewOf(id);
      return view === undefined || view === before.conversations.get(id)?.view ? [] : [view];
    });
    const removed = changed.filter((id) => !next.conversations.has(id));
    if (written.length > 0) batch.conversations = written;
    if (removed.length > 0) batch.removedConversationIds = removed;
    const voided = changed.filter((id) => (next.jumps?.get(id) ?? 0) > (before.jumps?.get(id) ?? 0));
    const cleared = written.flatMap((view) => {
      const known = before.conversations.get(view.id)?.view.me;
      const belowSeq = Math.min(firstVisible(view.me), Number.MAX_SAFE_INTEGER);
      return known === undefined || firstVisible(known) >= belowSeq ? [] : [{ conversationId: view.id, belowSeq }];
    });
    if (cleared.length > 0) batch.cleared = cleared;
    if (next.epoch !== null && next.me !== null) {
      const { epoch, userChange, me, contacts } = next;
      const isSame =
        epoch === before.epoch && userChange === before.userChange && me === before.me && contacts === before.contacts;
      if (!isSame) batch.state = { epoch, userChange, me, contacts: storedContacts(contacts) };
    }
    if (voided.length > 0) void writeVoided({ ...batch, voidedConversationIds: voided }, next.jumps);
    else if (Object.keys(batch).length > 0) keeper.later(batch);
  });

  /** At once, as nothing of these conversations is painted from storage before. */
  async function writeVoided(batch: StorageBatch, jumps: ReadonlyMap<string, number> = new Map()): Promise<void> {
    const { storage } = keeper;
    await keeper.now(batch);
    if (keeper.storage !== storage || keeper.health.get() === 'failed') return;
    for (const id of batch.voidedConversationIds ?? []) jumpsKept.set(id, jumps.get(id) ?? 0);
  }

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
    takeLocks(nextUserId);
    isLoading = true;
    try {
      const [state, conversations] = await Promise.all([storage.loadState(), storage.loadConversations()]);
      if (state !== undefined) {
        const { epoch, me, contacts } = state;
        // From the beginning, where contacts are missing: they come by the private change.
        const userChange = contacts === undefined ? 0 : state.userChange;
        const known = conversations
          .filter(isUsable)
          .map((view): [string, ConversationState] => [view.id, { view, window: null, localRead: null }]);
        holder.commit({
          ...holder.get(),
          ...{ epoch, userChange, me, conversations: new Map(known) },
          contacts: contacts === undefined ? noContacts : restoredContacts(contacts),
        });
      }
      // On an earlier visit of the same person this client may have left something itself.
      outbox.adopt((await storage.loadOutbox()).filter((entry) => entry.owner === owner));
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

  function lookLater(): void {
    if (runtime.locks === undefined) return;
    timer = runtime.setTimeout(() => {
      adoptOrphans()
        .catch(() => keeper.health.set('failed'))
        .finally(lookLater);
    }, lookEveryMs);
  }

  /** A tab holds a lock of its own name as long as it lives. */
  async function isAlive(theirs: string): Promise<boolean> {
    if (runtime.locks === undefined) return false;
    const { held } = await runtime.locks.query();
    return held?.some((lock) => lock.name === ownerLock(theirs)) ?? false;
  }

  function takeLocks(ofUser: string): void {
    if (runtime.locks === undefined) {
      isWriter = true;
      return;
    }
    const controller = new AbortController();
    locks = controller;
    const { signal } = controller;
    const untilClosed = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    runtime.locks.request(ownerLock(owner), { signal }, () => untilClosed).catch(noop);
    runtime.locks
      .request(`nexo:state:${ofUser}`, { signal }, () => {
        if (signal.aborted) return undefined;
        isWriter = true;
        writeAll();
        return untilClosed;
      })
      .catch(noop);
    lookLater();
  }

  /**
   * The one that kept the state until now is gone: what it kept may be older or newer than ours, together or in parts. With our cursors goes
   * all that was told up to them of messages that it may have kept as they were before.
   */
  function writeAll(): void {
    const { epoch, userChange, me, conversations, contacts, jumps } = holder.get();
    if (isLoading || epoch === null || me === null) return;
    const all = [...conversations.values()];
    const told = all.map((one) => ({
      conversationId: one.view.id,
      ...toldVersions(one.told ?? new Map()),
      removed: one.removed,
    }));
    const batch: StorageBatch = {
      state: { epoch, userChange, me, contacts: storedContacts(contacts) },
      conversations: all.map(({ view }) => view),
      voidedConversationIds: [...(jumps?.keys() ?? [])],
      messages: all.flatMap(({ window }) => window?.rows ?? []),
      changedMessages: told.flatMap(({ whole }) => whole),
      removedMessages: told.flatMap(({ conversationId, inParts, removed = [] }) =>
        [...inParts, ...removed].map((seq) => ({ conversationId, seq })),
      ),
      cleared: all.map(({ view }) => ({
        conversationId: view.id,
        belowSeq: Math.min(firstVisible(view.me), Number.MAX_SAFE_INTEGER),
      })),
    };
    void writeVoided(batch, jumps);
  }

  async function close(): Promise<void> {
    await keeper.flush().catch(noop);
    keeper.stop();
    const { storage } = keeper;
    keeper.use(null);
    userId = null;
    isWriter = false;
    jumpsKept.clear();
    runtime.clearTimeout(timer);
    locks?.abort();
    locks = null;
    await storage?.close().catch(noop);
  }

  return {
    userId: () => userId,
    open,
    async loadMessages(conversationId, before, limit) {
      const jumps = holder.get().jumps?.get(conversationId) ?? 0;
      if (jumps > (jumpsKept.get(conversationId) ?? 0)) return [];
      return (await keeper.storage?.loadMessages(conversationId, before, limit)) ?? [];
    },
    keepMessages(messages) {
      if (isWriter) keeper.later({ messages: [...messages] });
    },
    keepChanged(message) {
      if (isWriter) keeper.later({ changedMessages: [message] });
    },
    forgetMessages(conversationId, seqs) {
      if (isWriter) keeper.later({ removedMessages: seqs.map((seq) => ({ conversationId, seq })) });
    },
    async forgetAllButOutbox() {
      const { storage } = keeper;
      if (storage === null || !isWriter) return;
      // In one step, and nothing of the outbox is touched: whenever the program ends, what is unsent is there. The epoch that stays
      // is the old one, so that the next visit would find the same out again.
      const stored = await storage.loadConversations().catch((): ConversationView[] => []);
      await keeper.now({ removedConversationIds: stored.map(({ id }) => id) });
    },
    async forget() {
      await keeper.clear();
      await close();
    },
    close,
  };
}

const ownerLock = (owner: string) => `nexo:client:${owner}`;

function noop(): void {}

function groupByOwner(entries: readonly OutboxEntry[]): Map<string, OutboxEntry[]> {
  const groups = new Map<string, OutboxEntry[]>();
  for (const entry of entries) groups.set(entry.owner, [...(groups.get(entry.owner) ?? []), entry]);
  return groups;
}
