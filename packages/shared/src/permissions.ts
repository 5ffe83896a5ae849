import type { GroupRules, Role } from './groups.ts';

/** Who asks, as a member of the group. */
export interface GroupActor {
  userId: string;
  role: Role;
  /** Epoch milliseconds; in the past or absent: not muted. */
  mutedUntil?: number | undefined;
  /** Has left or was removed. */
  left?: boolean;
}

/** Whom it is about, where an action is about somebody. */
export interface GroupTarget {
  userId: string;
  role: Role;
}

/** All that decides whether somebody may do something in a group. */
export interface GroupSituation {
  actor: GroupActor;
  rules: GroupRules;
  dismissed?: boolean | undefined;
  target?: GroupTarget | undefined;
  /** Epoch milliseconds. */
  now: number;
}

/** Why something is not allowed; the words for each are in {@link reasonWords}. */
export type Reason = keyof typeof reasonWords;

/** What a person is told. The server says the same words with its refusal. */
export const reasonWords = {
  left: 'You are no longer a member',
  dismissed: 'This group was dismissed',
  muted: 'You are muted in this group',
  mutedAll: 'Only admins can write here',
  ownerOnly: 'Only the owner can do this',
  adminsOnly: 'Only the owner and admins can do this',
  ownerIsTarget: 'Nobody can do this to the owner',
  outranked: 'You can do this only to members below your own role',
  self: 'You cannot do this to yourself',
} as const;

export type Verdict = { allowed: true } | { allowed: false; reason: Reason; until?: number };

/** The least role for an action; by the group's rules where it is theirs to say. */
type Least = Role | ((rules: GroupRules) => Role);

interface ActionRule {
  least: Least;
  /** Is a way to speak: the muted may not. */
  speaks?: true;
  /** Where it is about somebody: only of a lower role; only others; oneself or, for who may manage, somebody of a lower role. */
  about?: 'below' | 'others' | 'selfOrBelow';
}

const byRule = (audience: 'everyone' | 'admins'): Role => (audience === 'admins' ? 'admin' : 'member');

/** The permission table: one row for each thing that can be done in a group. */
const actions = {
  send: { least: 'member', speaks: true },
  mentionAll: { least: (rules) => byRule(rules.mentionAllBy), speaks: true },
  seeMembers: { least: (rules) => byRule(rules.membersVisibleTo) },
  addContact: { least: (rules) => byRule(rules.contactsBy), about: 'others' },
  invite: { least: (rules) => (rules.invitations === 'admins' ? 'admin' : 'member') },
  editProfile: { least: 'admin' },
  editRules: { least: 'admin' },
  resize: { least: 'owner' },
  muteAll: { least: 'admin' },
  mute: { least: 'admin', about: 'below' },
  kick: { least: 'admin', about: 'below' },
  setRole: { least: 'owner', about: 'others' },
  transfer: { least: 'owner', about: 'others' },
  setNickname: { least: 'member', about: 'selfOrBelow' },
  handleRequests: { least: 'admin' },
  manageLinks: { least: 'admin' },
  leave: { least: 'member' },
  dismiss: { least: 'owner' },
} as const satisfies Record<string, ActionRule>;

export type GroupAction = keyof typeof actions;

const ranks = { member: 0, admin: 1, owner: 2 } as const satisfies Record<Role, number>;

/** Whether the first role stands above the second. */
export function outranks(role: Role, other: Role): boolean {
  return ranks[role] > ranks[other];
}

/** Whether this may be done now, and why not. Pure: the server decides by it, and the web shows by it what is not allowed. */
export function can(action: GroupAction, situation: GroupSituation): Verdict {
  const { actor, rules, target, now } = situation;
  const rule: ActionRule = actions[action];
  if (actor.left === true) return refuse('left');
  if (situation.dismissed === true) return refuse('dismissed');
  const least = typeof rule.least === 'function' ? rule.least(rules) : rule.least;
  if (ranks[actor.role] < ranks[least]) return refuse(least === 'owner' ? 'ownerOnly' : 'adminsOnly');
  if (rule.speaks === true) {
    // The owner is above any muting, and admins above that of all.
    if (actor.role !== 'owner' && isSilenced(actor, now))
      return { allowed: false, reason: 'muted', until: actor.mutedUntil ?? now };
    if (actor.role === 'member' && rules.mutedAll) return refuse('mutedAll');
  }
  return target === undefined || rule.about === undefined ? { allowed: true } : canAbout(rule.about, actor, target);
}

function canAbout(about: NonNullable<ActionRule['about']>, actor: GroupActor, target: GroupTarget): Verdict {
  const isSelf = actor.userId === target.userId;
  if (about === 'selfOrBelow' && isSelf) return { allowed: true };
  if (isSelf) return refuse('self');
  if (about === 'others') return { allowed: true };
  if (actor.role === 'member') return refuse('adminsOnly');
  if (target.role === 'owner') return refuse('ownerIsTarget');
  return outranks(actor.role, target.role) ? { allowed: true } : refuse('outranked');
}

/** Whether somebody is kept from writing in a group at this moment. */
export function isSilenced(member: { mutedUntil?: number | undefined }, now: number): boolean {
  return member.mutedUntil !== undefined && member.mutedUntil > now;
}

/** Whether whom this role invites has to be let in by an admin. */
export function invitationNeedsApproval(role: Role, rules: GroupRules): boolean {
  return role === 'member' && rules.invitations === 'approval';
}

function refuse(reason: Reason): Verdict {
  return { allowed: false, reason };
}
