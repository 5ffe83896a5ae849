import type { Sql } from '@nexo/db';
import { AppError, limits, PROTOCOL_VERSION, type SnapshotInput, type SnapshotResult } from '@nexo/shared';
import { readContactsDiff } from '../contacts/contacts-diff.ts';
import type { UserContext } from '../context.ts';
import { readConversationViews } from '../conversations/conversation-views.ts';
import { cursorAfter, parseCursor } from '../conversations/list-conversations.ts';
import { readOnly } from '../read-only.ts';
import { readEpoch, readUserHead } from './heads.ts';

/**
 * Everything a client without a store begins with: who it is, where the counters stand, and a page of its conversations, all of
 * one moment. Further pages follow by `nextCursor`; what moves in between reaches the client as events.
 */
export async function snapshot(ctx: UserContext, input: SnapshotInput): Promise<SnapshotResult> {
  const { userId } = ctx.session;
  const limit = input.limit ?? limits.pageMax;
  const place = input.cursor === undefined ? {} : { olderThan: parseCursor(input.cursor) };
  return readOnly(ctx, async (sql: Sql) => {
    const [epoch, head, items, contacts] = await Promise.all([
      readEpoch(sql),
      readUserHead(sql, userId),
      readConversationViews(sql, userId, { ...place, limit }),
      input.cursor === undefined ? readContactsDiff(sql, userId, null, ctx.clock.now()) : undefined,
    ]);
    if (head === null) throw new AppError('UNAUTHENTICATED');
    return {
      epoch,
      protocolVersion: PROTOCOL_VERSION,
      userChange: head.change,
      me: head.user,
      items,
      nextCursor: cursorAfter(items, limit),
      serverTime: ctx.clock.now(),
      ...(contacts === undefined ? {} : { contacts }),
    };
  });
}
