import type { ChangesInput, ConversationRepair } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { readConversationViews } from '../conversations/conversation-views.ts';
import { readOnly } from '../read-only.ts';
import { AnswerRoom } from './answer-room.ts';
import { readRepairs } from './read-repairs.ts';

/**
 * What a client lacks of one conversation: the diff since its cursor (empty when it lacks nothing), a `reset` when that would be
 * long or the cursor is 0, `gone` when there is nothing for the caller. Works for who has left, up to their leaving.
 */
export async function changes(ctx: UserContext, input: ChangesInput): Promise<ConversationRepair> {
  const { userId } = ctx.session;
  const { conversationId, since } = input;
  return readOnly(ctx, async (sql) => {
    const cursors = [{ id: conversationId, change: since }];
    const [repair] = (await readRepairs(sql, userId, cursors, new AnswerRoom())).repairs;
    if (repair !== undefined) return repair;
    // Nothing differs: say so with the head, so that the client knows that it asked in time.
    const [conversation] = await readConversationViews(sql, userId, { ids: [conversationId] });
    if (conversation === undefined) return { kind: 'gone', conversationId };
    if (since === 0) return { kind: 'reset', conversation, messages: [] };
    const { head, countable, me } = conversation;
    return { kind: 'changes', conversationId, since, head, countable, messages: [], members: [], leftUserIds: [], me };
  });
}
