import { type ConversationRepair, limits, type MemberView, type StreamItem } from '@nexo/shared';
import { Cell, CellMap } from '../store/cells.ts';
import type { Runtime } from '../types/options.ts';
import type { Readable } from '../types/store.ts';

/** Members that are asked for within this time are loaded together. */
const gatherMs = 10;
/** Who was looked at last is asked for anew when events may have been missed; so many at most. */
const refreshMax = 500;

export interface MemberLoaderOptions {
  runtime: Pick<Runtime, 'setTimeout' | 'clearTimeout'>;
  /** Only groups have names of their own for people, and only who is in one may ask. */
  mayAsk(conversationId: string): boolean;
  /** Those of these users who are members. */
  load(conversationId: string, userIds: string[]): Promise<readonly MemberView[]>;
}

/** Members of groups by their user id, loaded when somebody looks at them, then moved by the events. */
export interface MemberLoader {
  member(conversationId: string, userId: string): Readable<MemberView | undefined>;
  heard(item: StreamItem): void;
  /** What was missed of a conversation came by a repair. */
  repaired(repair: ConversationRepair): void;
  /** Events may have been missed. */
  refresh(): void;
  /** What was known belongs to another person. */
  clear(): void;
  stop(): void;
}

export function makeMemberLoader({ runtime, mayAsk, load }: MemberLoaderOptions): MemberLoader {
  const keyOf = (conversationId: string, userId: string) => `${conversationId} ${userId}`;
  /** The one asked for last comes last. */
  const wanted = new Set<string>();
  const looked = new Set<string>();
  let timer: unknown;
  const cells = new CellMap((key) => {
    want(key);
    return new Cell<MemberView | undefined>(undefined);
  });

  function want(key: string): void {
    wanted.add(key);
    looked.delete(key);
    looked.add(key);
    timer ??= runtime.setTimeout(() => {
      timer = undefined;
      loadWanted();
    }, gatherMs);
  }

  function loadWanted(): void {
    const byConversation = new Map<string, string[]>();
    for (const key of wanted) {
      const [conversationId = '', userId = ''] = key.split(' ');
      const userIds = byConversation.get(conversationId);
      if (userIds !== undefined) userIds.push(userId);
      else if (mayAsk(conversationId)) byConversation.set(conversationId, [userId]);
    }
    wanted.clear();
    for (const [conversationId, userIds] of byConversation) {
      for (let start = 0; start < userIds.length; start += limits.pageMax) {
        load(conversationId, userIds.slice(start, start + limits.pageMax)).then(
          (members) => {
            for (const member of members) cells.of(keyOf(conversationId, member.userId)).set(member);
          },
          // Without an answer people have the names that they have everywhere.
          () => undefined,
        );
      }
    }
  }

  return {
    member: (conversationId, userId) => cells.of(keyOf(conversationId, userId)),
    heard(item) {
      if (item.type !== 'member.joined' && item.type !== 'member.updated') return;
      cells.existing(keyOf(item.conversationId, item.member.userId))?.set(item.member);
    },
    repaired(repair) {
      if (repair.kind !== 'changes') return;
      for (const member of repair.members) cells.existing(keyOf(repair.conversationId, member.userId))?.set(member);
    },
    refresh() {
      for (const key of [...looked].slice(-refreshMax)) want(key);
    },
    clear() {
      wanted.clear();
      looked.clear();
      for (const cell of cells.values()) cell.set(undefined);
    },
    stop() {
      runtime.clearTimeout(timer);
      timer = undefined;
    },
  };
}
