import { createGroupInput, groupIdInput, inviteInput, listMembersInput } from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { createGroup } from './create-group.ts';
import { getGroup } from './get-group.ts';
import { inviteMembers } from './invite-members.ts';
import { leaveGroup } from './leave-group.ts';
import { listMembers } from './list-members.ts';

export const groupsRouter = router({
  create: userProcedure.input(createGroupInput).mutation(({ ctx, input }) => createGroup(ctx, input)),
  get: userProcedure.input(groupIdInput).query(({ ctx, input }) => getGroup(ctx, input)),
  members: userProcedure.input(listMembersInput).query(({ ctx, input }) => listMembers(ctx, input)),
  invite: userProcedure.input(inviteInput).mutation(({ ctx, input }) => inviteMembers(ctx, input)),
  leave: userProcedure.input(groupIdInput).mutation(({ ctx, input }) => leaveGroup(ctx, input)),
});
