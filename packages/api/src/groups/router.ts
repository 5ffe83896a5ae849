import {
  createGroupInput,
  createLinkInput,
  groupIdInput,
  inviteInput,
  joinGroupInput,
  kickInput,
  leaveGroupInput,
  listMembersInput,
  listRequestsInput,
  muteAllInput,
  muteMemberInput,
  previewGroupInput,
  respondToRequestInput,
  revokeLinkInput,
  setRoleInput,
  transferGroupInput,
  updateGroupInput,
  updateMemberInput,
} from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { createGroup } from './create-group.ts';
import { dismissGroup } from './dismiss-group.ts';
import { getGroup } from './get-group.ts';
import { inviteMembers } from './invite-members.ts';
import { joinGroup, previewGroup } from './join-group.ts';
import { kickMembers } from './kick-members.ts';
import { leaveGroup } from './leave-group.ts';
import { createLink, listLinks, revokeLink } from './links.ts';
import { listMembers } from './list-members.ts';
import { countRequests, listMyRequests, listRequests } from './list-requests.ts';
import { muteAll } from './mute-all.ts';
import { muteMember } from './mute-member.ts';
import { respondToRequest } from './respond-to-request.ts';
import { setRole } from './set-role.ts';
import { transferGroup } from './transfer-group.ts';
import { updateGroup } from './update-group.ts';
import { updateMember } from './update-member.ts';
import { withdrawRequest } from './withdraw-request.ts';

export const groupsRouter = router({
  create: userProcedure.input(createGroupInput).mutation(({ ctx, input }) => createGroup(ctx, input)),
  get: userProcedure.input(groupIdInput).query(({ ctx, input }) => getGroup(ctx, input)),
  members: userProcedure.input(listMembersInput).query(({ ctx, input }) => listMembers(ctx, input)),
  invite: userProcedure.input(inviteInput).mutation(({ ctx, input }) => inviteMembers(ctx, input)),
  leave: userProcedure.input(leaveGroupInput).mutation(({ ctx, input }) => leaveGroup(ctx, input)),
  update: userProcedure.input(updateGroupInput).mutation(({ ctx, input }) => updateGroup(ctx, input)),
  kick: userProcedure.input(kickInput).mutation(({ ctx, input }) => kickMembers(ctx, input)),
  setRole: userProcedure.input(setRoleInput).mutation(({ ctx, input }) => setRole(ctx, input)),
  transfer: userProcedure.input(transferGroupInput).mutation(({ ctx, input }) => transferGroup(ctx, input)),
  muteMember: userProcedure.input(muteMemberInput).mutation(({ ctx, input }) => muteMember(ctx, input)),
  muteAll: userProcedure.input(muteAllInput).mutation(({ ctx, input }) => muteAll(ctx, input)),
  updateMember: userProcedure.input(updateMemberInput).mutation(({ ctx, input }) => updateMember(ctx, input)),
  dismiss: userProcedure.input(groupIdInput).mutation(({ ctx, input }) => dismissGroup(ctx, input)),
  preview: userProcedure.input(previewGroupInput).query(({ ctx, input }) => previewGroup(ctx, input)),
  join: userProcedure.input(joinGroupInput).mutation(({ ctx, input }) => joinGroup(ctx, input)),
  requests: userProcedure.input(listRequestsInput).query(({ ctx, input }) => listRequests(ctx, input)),
  countRequests: userProcedure.query(({ ctx }) => countRequests(ctx)),
  respond: userProcedure.input(respondToRequestInput).mutation(({ ctx, input }) => respondToRequest(ctx, input)),
  myRequests: userProcedure.query(({ ctx }) => listMyRequests(ctx)),
  withdraw: userProcedure.input(groupIdInput).mutation(({ ctx, input }) => withdrawRequest(ctx, input)),
  createLink: userProcedure.input(createLinkInput).mutation(({ ctx, input }) => createLink(ctx, input)),
  links: userProcedure.input(groupIdInput).query(({ ctx, input }) => listLinks(ctx, input)),
  revokeLink: userProcedure.input(revokeLinkInput).mutation(({ ctx, input }) => revokeLink(ctx, input)),
});
