import { type DoorbellHeads, type Sql, schema } from '@nexo/db';
import { AppError } from '@nexo/shared';
import { and, eq, sql } from 'drizzle-orm';
import type { BusMessage } from './bus.ts';
import type { Services } from './context.ts';

type OrmTransaction = Parameters<Parameters<Services['db']['orm']['transaction']>[0]>[0];

/** The head of a conversation while its row is locked. */
export interface LockedHead {
  conversationId: string;
  seq: number;
  change: number;
  countable: number;
}

/** What a verb works with inside its transaction. Lock order, always: heads by id, members, user heads by id (plain string order). */
export interface Tx {
  orm: OrmTransaction;
  /** Hand-written statements on the same connection, in the same transaction. */
  sql: Sql;
  /**
   * Locks the head of a conversation: from here to the commit nothing else happens in it.
   * Throws NOT_FOUND when there is no such conversation, and for a user who never was a member of it, without waiting for anybody:
   * strangers hold nobody up. Read what you decide upon *after* it, in a later statement.
   */
  lockHead(conversationId: string, userId?: string): Promise<LockedHead>;
  /** Writes the moved counters of a locked head back. */
  moveHead(head: LockedHead): Promise<void>;
  /** Counts one private change of a user and returns its number. For several users: ascending by id. */
  moveUserHead(userId: string): Promise<number>;
  /** The same for several users in one statement, each counted once. */
  moveUserHeads(userIds: readonly string[]): Promise<Map<string, number>>;
  /** To be told to every node, in this order, once committed. */
  tell(message: BusMessage): void;
}

/**
 * Runs one transaction (READ COMMITTED) of a verb: check, then do, then tell. What was told, moods aside, also leaves a doorbell
 * row in the same transaction, so that a node which the bus does not reach finds it.
 */
export async function transact<T>(ctx: Pick<Services, 'db' | 'bus'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  const told: BusMessage[] = [];
  const result = await ctx.db.orm.transaction(async (orm) => {
    const raw = rawOf(orm);
    const value = await work({
      orm,
      sql: raw,
      async lockHead(conversationId, userId) {
        const { heads } = schema;
        const isTheirs =
          userId === undefined
            ? undefined
            : sql`exists (select 1 from members where conversation_id = ${conversationId} and user_id = ${userId})`;
        const [head] = await orm
          .select()
          .from(heads)
          .where(and(eq(heads.conversationId, conversationId), isTheirs))
          .for('update');
        if (head === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
        return head;
      },
      async moveHead(head) {
        const { heads } = schema;
        const { conversationId, seq, change, countable } = head;
        await orm.update(heads).set({ seq, change, countable }).where(eq(heads.conversationId, conversationId));
      },
      async moveUserHead(userId) {
        const { userHeads } = schema;
        const [row] = await orm
          .insert(userHeads)
          .values({ userId, change: 1 })
          .onConflictDoUpdate({ target: userHeads.userId, set: { change: sql`${userHeads.change} + 1` } })
          .returning({ change: userHeads.change });
        if (row === undefined) throw new AppError('INTERNAL');
        return row.change;
      },
      async moveUserHeads(userIds) {
        const sorted = [...new Set(userIds)].sort();
        const rows = await raw<{ user_id: string; change: number }[]>`
          insert into user_heads (user_id, change)
          select user_id, 1 from unnest(${sorted}::text[]) with ordinality as t (user_id, place) order by place
          on conflict (user_id) do update set change = user_heads.change + 1
          returning user_id, change`;
        return new Map(rows.map((row) => [row.user_id, row.change]));
      },
      tell: (message) => told.push(message),
    });
    const heads = doorbellOf(told);
    if (heads !== null) await orm.insert(schema.doorbells).values({ heads });
    return value;
  });
  if (told.length > 0) ctx.bus.publish(told);
  return result;
}

/** The postgres.js transaction under a drizzle one: drizzle keeps it on its session without saying so in its types. */
function rawOf(orm: OrmTransaction): Sql {
  return (orm._.session as unknown as { client: Sql }).client;
}

/** What a doorbell says of these messages; null when nothing: a mood may be lost. */
export function doorbellOf(told: readonly BusMessage[]): DoorbellHeads | null {
  const conversations: DoorbellHeads['conversations'] = [];
  const users: DoorbellHeads['users'] = [];
  const reads: NonNullable<DoorbellHeads['reads']> = [];
  const revoked: NonNullable<DoorbellHeads['revoked']> = [];
  for (const message of told) {
    if (message.kind === 'conversation') {
      conversations.push({ id: message.conversationId, from: message.from, to: message.to });
    } else if (message.kind === 'user') {
      users.push({ id: message.userId, change: message.change });
    } else if (message.kind === 'read') {
      reads.push(message.event);
    } else if (message.kind === 'sessionsRevoked') {
      const { userId, sessionIds, close } = message;
      revoked.push({ userId, sessionIds, close });
    }
  }
  if (conversations.length + users.length + reads.length + revoked.length === 0) return null;
  return {
    conversations,
    users,
    ...(reads.length === 0 ? {} : { reads }),
    ...(revoked.length === 0 ? {} : { revoked }),
  };
}
