import { type AppError, can, defaultGroupRules, type Role } from '@nexo/shared';
import { refusalBy } from '../groups/access-group.ts';

/** What of a group and of the sender in it says whether they may write. */
export interface GroupStanding {
  role: Role;
  /** Epoch milliseconds. */
  mutedUntil: number | null;
  mutedAll: boolean;
  dismissed: boolean;
}

/** Why a present member may not write now: GROUP_DISMISSED or MUTED; null when they may, as in everything that is no group. */
export function refusedByGroup(userId: string, standing: GroupStanding | undefined, now: number): AppError | null {
  if (standing === undefined) return null;
  const { role, mutedUntil, mutedAll, dismissed } = standing;
  const actor = { userId, role, mutedUntil: mutedUntil ?? undefined };
  return refusalBy(can('send', { actor, rules: { ...defaultGroupRules, mutedAll }, dismissed, now }));
}
