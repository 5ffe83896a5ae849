import { type InviteInput, type InviteResult, invitationNeedsApproval } from '@nexo/shared';
import { refuseAdding } from '../contacts/refuse-adding.ts';
import type { UserContext } from '../context.ts';
import { findUsers } from '../users/find-users.ts';
import { readTargets } from './access-group.ts';
import { addMembers } from './add-members.ts';
import { changeGroup } from './change-group.ts';
import { insertRequests } from './insert-request.ts';

/**
 * Adds people to a group, as its rules let the caller: at once, or once an admin has agreed. Who is a member already stays as they
 * are. Throws NOT_FOUND (group or one of the users), FORBIDDEN (left, no group, or only admins invite), GROUP_DISMISSED,
 * NOT_REACHABLE (one of them does not take it from the caller), BLOCKED_BY_YOU, GROUP_FULL, RATE_LIMITED.
 */
export async function inviteMembers(ctx: UserContext, input: InviteInput): Promise<InviteResult> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('createPerUser', userId);
  return changeGroup(ctx, input.conversationId, 'invite', async (change) => {
    const invited = await findUsers(change.tx.sql, input.userIds);
    await refuseAdding(change.tx.sql, userId, invited);
    const present = new Set((await readTargets(change.tx.sql, change.conversationId, invited)).map((one) => one.userId));
    const wanted = invited.filter((id) => !present.has(id));
    if (!invitationNeedsApproval(change.actor.role, change.rules)) {
      return { addedUserIds: await addMembers(change, wanted, userId), requestedUserIds: [] };
    }
    const requestedUserIds = wanted.length === 0 ? [] : await insertRequests(change, wanted, { inviterId: userId });
    return { addedUserIds: [], requestedUserIds };
  });
}
