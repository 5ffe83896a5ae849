import type { ConversationRepair, MemberView, StreamItem } from '@nexo/shared';
import { Cell } from '../store/cells.ts';
import type { Runtime } from '../types/options.ts';
import type { MemberList, MemberListState } from '../types/store.ts';

/** Where it is not told who changed, the list is read anew at most this often (ms). */
const rereadGapMs = 2_000;

interface MemberPage {
  items: readonly MemberView[];
  nextCursor: string | null;
}

export interface MemberListsOptions {
  runtime: Pick<Runtime, 'setTimeout' | 'clearTimeout'>;
  isLive(): boolean;
  /** Whether events and repairs of this group are silent about who its members are. */
  isConcealed(conversationId: string): boolean;
  /** By user id, as the cursor is. */
  load(conversationId: string, query: string | undefined, cursor: string | null): Promise<MemberPage>;
}

/** The lists of members that somebody looks at: loaded by pages, then moved by what is told, so that nobody has to ask again. */
export interface MemberLists {
  open(conversationId: string, query: string | undefined): MemberList;
  heard(item: StreamItem): void;
  /** What was missed of a conversation came by a repair. */
  repaired(repair: ConversationRepair): void;
  /** The connection is there: loads what waits for it. */
  retry(): void;
  /** All that was known is from another time: everything is read anew. */
  refresh(): void;
  /** What is open belongs to another person. */
  clear(): void;
}

interface OpenList extends MemberList {
  conversationId: string;
  change(change: Change): void;
  /** Reads what is loaded anew; `soon`: not more often than every two seconds. */
  reread(soon: boolean): void;
  retry(): void;
}

/** Something that was told of members; told twice it is the same. */
type Change = { kind: 'is'; member: MemberView } | { kind: 'left'; userId: string };

const unloaded: MemberListState = { members: [], status: 'loading', hasMore: false };

export function makeMemberLists(options: MemberListsOptions): MemberLists {
  const lists = new Set<OpenList>();
  const of = (conversationId: string) => [...lists].filter((list) => list.conversationId === conversationId);
  const change = (conversationId: string, changes: readonly Change[]) => {
    for (const list of of(conversationId)) for (const one of changes) list.change(one);
  };
  const reread = (conversationId: string, soon: boolean) => {
    for (const list of of(conversationId)) list.reread(soon);
  };

  return {
    open(conversationId, query) {
      const list = openList(options, conversationId, query, () => lists.delete(list));
      lists.add(list);
      list.retry();
      return list;
    },
    heard(item) {
      if (item.type === 'member.joined' || item.type === 'member.updated') {
        change(item.conversationId, [{ kind: 'is', member: item.member }]);
      } else if (item.type === 'member.left') change(item.conversationId, [{ kind: 'left', userId: item.userId }]);
      else if (item.type === 'members.changed') reread(item.conversationId, true);
    },
    repaired(repair) {
      if (repair.kind === 'reset') reread(repair.conversation.id, false);
      if (repair.kind !== 'changes') return;
      const { conversationId, members, leftUserIds } = repair;
      if (options.isConcealed(conversationId)) return reread(conversationId, true);
      change(conversationId, [
        ...members.map((member) => ({ kind: 'is', member }) as const),
        ...leftUserIds.map((userId) => ({ kind: 'left', userId }) as const),
      ]);
    },
    retry() {
      for (const list of lists) list.retry();
    },
    refresh() {
      for (const list of lists) list.reread(false);
    },
    clear() {
      for (const list of lists) list.close();
    },
  };
}

function openList(
  { runtime, isLive, load }: MemberListsOptions,
  conversationId: string,
  query: string | undefined,
  closed: () => void,
): OpenList {
  const state = new Cell<MemberListState>(unloaded);
  let cursor: string | null = null;
  /** What is to be done, the first of them first: all that is shown is read anew, or one page more. */
  let isStale = true;
  let wantsMore = false;
  let isClosed = false;
  let isWorking = false;
  let isAsking = false;
  let timer: unknown;
  /** What was told while an answer was under way, which may be from before or from after it. */
  const meanwhile: Change[] = [];

  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    try {
      while ((isStale || wantsMore) && isLive() && !isClosed) await (isStale ? readAnew() : readMore());
    } catch (error) {
      const before = state.get();
      if (!isClosed) state.set({ ...before, status: before.status === 'ready' ? 'ready' : 'failed', error });
    } finally {
      isWorking = false;
      meanwhile.length = 0;
    }
  }

  /** A page; without an answer it is still to be done. */
  async function ask(after: string | null, undo: () => void): Promise<MemberPage> {
    isAsking = true;
    try {
      return await load(conversationId, query, after);
    } catch (error) {
      undo();
      throw error;
    } finally {
      isAsking = false;
    }
  }

  /** As many as were shown; they change places with the old ones at once. */
  async function readAnew(): Promise<void> {
    isStale = false;
    meanwhile.length = 0;
    const wanted = Math.max(1, state.get().members.length);
    const members: MemberView[] = [];
    let next: string | null = null;
    do {
      const page: MemberPage = await ask(next, () => {
        isStale = true;
      });
      members.push(...page.items);
      next = page.nextCursor;
    } while (next !== null && members.length < wanted && !isClosed);
    show(members, next);
  }

  async function readMore(): Promise<void> {
    wantsMore = false;
    if (cursor === null) return;
    meanwhile.length = 0;
    const page = await ask(cursor, () => {
      wantsMore = true;
    });
    // A page wins: of who joined meanwhile it is told twice.
    const ids = new Set(page.items.map(({ userId }) => userId));
    show([...state.get().members.filter(({ userId }) => !ids.has(userId)), ...page.items], page.nextCursor);
  }

  function show(members: readonly MemberView[], next: string | null): void {
    if (isClosed) return;
    cursor = next;
    const settled = meanwhile.reduce(changed, members);
    state.set({ members: settled, status: 'ready', hasMore: next !== null });
  }

  function changed(members: readonly MemberView[], change: Change): readonly MemberView[] {
    const userId = change.kind === 'is' ? change.member.userId : change.userId;
    const index = members.findIndex((member) => member.userId === userId);
    if (change.kind === 'left') return index === -1 ? members : spliced(members, index, 1);
    if (index !== -1) return spliced(members, index, 1, change.member);
    // Whether somebody new is called like the query is not known here; who belongs further down comes with their page.
    if (query !== undefined) return members;
    const place = members.findIndex((member) => member.userId > userId);
    if (place === -1 && cursor !== null) return members;
    return spliced(members, place === -1 ? members.length : place, 0, change.member);
  }

  return {
    ...{ conversationId, query, state },
    loadMore() {
      if (isAsking) return;
      wantsMore = state.get().status === 'ready';
      void work();
    },
    close() {
      isClosed = true;
      runtime.clearTimeout(timer);
      closed();
    },
    change(change) {
      if (isWorking) meanwhile.push(change);
      const before = state.get();
      if (before.status !== 'ready') return;
      const members = changed(before.members, change);
      if (members !== before.members) state.set({ ...before, members });
    },
    reread(soon) {
      isStale = true;
      if (!soon) return void work();
      timer ??= runtime.setTimeout(() => {
        timer = undefined;
        void work();
      }, rereadGapMs);
    },
    retry: () => void work(),
  };
}

function spliced(members: readonly MemberView[], from: number, count: number, ...instead: MemberView[]): readonly MemberView[] {
  return [...members.slice(0, from), ...instead, ...members.slice(from + count)];
}
