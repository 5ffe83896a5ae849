import type { ConversationView, GroupView, Role } from '@nexo/shared';

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

/** `member.updated` of oneself. */
export function withRole(view: ConversationView, role: Role): ConversationView {
  return { ...view, me: { ...view.me, role } };
}
