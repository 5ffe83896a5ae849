import { type ConversationView, type GroupView, groupForWhoLeft, type MyMembership } from '@nexo/shared';

/** `group.updated`: the profile, and what a list shows of it. */
export function withGroup(view: ConversationView, group: GroupView): ConversationView {
  const { avatarUrl: _old, ...rest } = view;
  const next: ConversationView = { ...rest, group, title: group.name };
  if (group.avatarUrl !== undefined) next.avatarUrl = group.avatarUrl;
  return next;
}

/** `member.joined`, `member.left`: how many there are now. Who they are is asked for when somebody looks. */
export function withMemberCount(view: ConversationView, memberCount: number): ConversationView {
  return view.group === undefined ? view : { ...view, group: { ...view.group, memberCount } };
}

/** What others see of oneself in a group: `member.joined`, `member.updated` and `member.left` tell it, at one change. */
export function withStanding(view: ConversationView, standing: Standing): ConversationView {
  return { ...view, me: standingIn(view.me, standing) };
}

/** The side of a conversation that is numbered by its changes, not by the private ones. */
export type Standing = Pick<MyMembership, 'change' | 'role' | 'nickname' | 'mutedUntil'>;

/** The membership with this standing instead of its own. Only who manages a group hears of applications. */
export function standingIn(me: MyMembership, { change, role, nickname, mutedUntil }: Standing): MyMembership {
  const { nickname: _nickname, mutedUntil: _mutedUntil, pendingRequests, ...rest } = me;
  return {
    ...rest,
    ...{ change, role },
    ...(nickname === undefined ? {} : { nickname }),
    ...(mutedUntil === undefined ? {} : { mutedUntil }),
    ...(pendingRequests === undefined || role === 'member' ? {} : { pendingRequests }),
  };
}

/** Who has left keeps the group's name and looks, not what it says to its members. */
export function seenFromOutside(view: ConversationView): ConversationView {
  if (view.me.leftAt === undefined || view.group === undefined) return view;
  return { ...view, group: groupForWhoLeft(view.group) };
}
