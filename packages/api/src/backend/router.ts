import {
  createGroupAsInput,
  getPresenceInput,
  getUsersInput,
  groupIdInput,
  groupMembersInput,
  listMembersInput,
  mintSessionInput,
  muteAllInput,
  muteMemberInput,
  ofUserInput,
  revokeSessionsInput,
  sendAsInput,
  sendBatchInput,
  setRoleInput,
  suspendUsersInput,
  systemUserId,
  transferGroupInput,
  updateGroupInput,
  upsertUsersInput,
} from '@nexo/shared';
import { backendProcedure, router } from '../trpc.ts';
import { getUsers } from '../users/get-users.ts';
import { actAs } from './act-as.ts';
import { getPresenceOf } from './get-presence-of.ts';
import {
  addMembers,
  createGroupAs,
  dismissGroupAs,
  getGroupAs,
  listMembersAs,
  muteAllAs,
  muteMemberAs,
  removeMembers,
  setRoleAs,
  transferGroupAs,
  updateGroupAs,
} from './manage-groups.ts';
import { mintSession } from './mint-session.ts';
import { mintTicket } from './mint-ticket.ts';
import { sendAs, sendBatch } from './send-as.ts';
import { listSessionsOf, revokeSessionsOf } from './sessions-of-user.ts';
import { restoreUsers, suspendUsers } from './suspend-users.ts';
import { upsertUsers } from './upsert-users.ts';

const forUsers = backendProcedure('users');
const forSessions = backendProcedure('sessions');
const forMessages = backendProcedure('messages');
const forGroups = backendProcedure('groups');
const forPresence = backendProcedure('presence');

/** For the customer's own servers, by their keys (`docs/backend.md`). */
export const backendRouter = router({
  upsertUsers: forUsers.input(upsertUsersInput).mutation(({ ctx, input }) => upsertUsers(ctx, input)),
  getUsers: forUsers.input(getUsersInput).query(({ ctx, input }) => getUsers(actAs(ctx, systemUserId), input)),
  suspendUsers: forUsers.input(suspendUsersInput).mutation(({ ctx, input }) => suspendUsers(ctx, input)),
  restoreUsers: forUsers.input(suspendUsersInput).mutation(({ ctx, input }) => restoreUsers(ctx, input)),

  mintSession: forSessions.input(mintSessionInput).mutation(({ ctx, input }) => mintSession(ctx, input)),
  mintTicket: forSessions.input(ofUserInput).mutation(({ ctx, input }) => mintTicket(ctx, input)),
  listSessions: forSessions.input(ofUserInput).query(({ ctx, input }) => listSessionsOf(ctx, input)),
  revokeSessions: forSessions.input(revokeSessionsInput).mutation(({ ctx, input }) => revokeSessionsOf(ctx, input)),

  send: forMessages.input(sendAsInput).mutation(({ ctx, input }) => sendAs(ctx, input)),
  sendBatch: forMessages.input(sendBatchInput).mutation(({ ctx, input }) => sendBatch(ctx, input)),

  createGroup: forGroups.input(createGroupAsInput).mutation(({ ctx, input }) => createGroupAs(ctx, input)),
  getGroup: forGroups.input(groupIdInput).query(({ ctx, input }) => getGroupAs(ctx, input)),
  listMembers: forGroups.input(listMembersInput).query(({ ctx, input }) => listMembersAs(ctx, input)),
  addMembers: forGroups.input(groupMembersInput).mutation(({ ctx, input }) => addMembers(ctx, input)),
  removeMembers: forGroups.input(groupMembersInput).mutation(({ ctx, input }) => removeMembers(ctx, input)),
  updateGroup: forGroups.input(updateGroupInput).mutation(({ ctx, input }) => updateGroupAs(ctx, input)),
  setRole: forGroups.input(setRoleInput).mutation(({ ctx, input }) => setRoleAs(ctx, input)),
  transferGroup: forGroups.input(transferGroupInput).mutation(({ ctx, input }) => transferGroupAs(ctx, input)),
  muteMember: forGroups.input(muteMemberInput).mutation(({ ctx, input }) => muteMemberAs(ctx, input)),
  muteAll: forGroups.input(muteAllInput).mutation(({ ctx, input }) => muteAllAs(ctx, input)),
  dismissGroup: forGroups.input(groupIdInput).mutation(({ ctx, input }) => dismissGroupAs(ctx, input)),

  getPresence: forPresence.input(getPresenceInput).query(({ ctx, input }) => getPresenceOf(ctx, input)),
});
