import { AppError, can, defaultGroupRules, type GroupRules, type Role, reasonWords, type Verdict } from '@nexo/shared';
import { refusalBy } from '../groups/access-group.ts';

/** What of a group and of the sender in it says whether they may write. */
export interface GroupStanding {
  role: Role;
  /** Epoch milliseconds. */
  mutedUntil: number | null;
  mutedAll: boolean;
  mentionAllBy: GroupRules['mentionAllBy'];
  dismissed: boolean;
}

/** Why a present member may not write now: GROUP_DISMISSED or MUTED; null when they may, as in everything that is no group. */
export function refusedByGroup(userId: string, standing: GroupStanding | undefined, now: number): AppError | null {
  return standing === undefined ? null : refusalBy(verdictOn('send', userId, standing, now));
}

/** Why a sender may not speak to all: FORBIDDEN everywhere but in groups, and there by its rules. Null: they may. */
export function refusedToAll(userId: string, standing: GroupStanding | undefined, now: number): AppError | null {
  if (standing === undefined)
    return new AppError('FORBIDDEN', { message: 'One speaks to all in groups only', field: toAllField });
  const verdict = verdictOn('mentionAll', userId, standing, now);
  if (verdict.allowed) return null;
  const { reason } = verdict;
  return new AppError('FORBIDDEN', { message: reasonWords[reason], reason, field: toAllField });
}

const toAllField = 'content.mentionsAll';

/** What the table of rights says of this member. */
export function verdictOn(action: 'send' | 'mentionAll', userId: string, standing: GroupStanding, now: number): Verdict {
  const { role, mutedUntil, mutedAll, mentionAllBy, dismissed } = standing;
  const actor = { userId, role, mutedUntil: mutedUntil ?? undefined };
  return can(action, { actor, rules: { ...defaultGroupRules, mutedAll, mentionAllBy }, dismissed, now });
}
