import type { GroupRules } from '@nexo/shared';
import type { WorldUser } from '../src/testing/index.ts';

/** The numbers below n. */
export const times = (n: number) => Array.from({ length: n }, (_, i) => i);

/** The group as this user sees it. */
export const get = (user: WorldUser, conversationId: string) => user.caller.conversations.get({ conversationId });

/** Changes rules of the group. */
export const rule = (user: WorldUser, conversationId: string, rules: Partial<Omit<GroupRules, 'mutedAll'>>) =>
  user.caller.groups.update({ conversationId, ...rules });

export const makeAdmin = (owner: WorldUser, conversationId: string, userId: string) =>
  owner.caller.groups.setRole({ conversationId, userId, role: 'admin' });

/** What this user may read of it. */
export const seqsSeen = async (user: WorldUser, conversationId: string) =>
  (await user.caller.messages.list({ conversationId })).items.map((item) => item.seq);

/** Each member and their role: `bob admin`. */
export const rolesIn = async (user: WorldUser, conversationId: string) =>
  (await user.caller.groups.members({ conversationId })).items.map(({ userId, role }) => `${userId} ${role}`);

/** What the group said last. */
export const lastNotice = async (user: WorldUser, conversationId: string) =>
  (await get(user, conversationId)).lastMessage?.content;
