// Apart from the schemas, so that a browser that only wants to know the rules does not load what checks inputs.
import type { GroupRules, GroupView } from './groups.ts';

/** How a group is when nobody has said otherwise. */
export const defaultGroupRules: GroupRules = {
  joinMode: 'invitation',
  invitations: 'free',
  membersVisibleTo: 'everyone',
  contactsBy: 'everyone',
  mentionAllBy: 'admins',
  historyForNewcomers: 'fromJoining',
  mutedAll: false,
};

/** The rules of a group that may have been stored before there were any. */
export function rulesOf(group: Pick<GroupView, 'rules'> | undefined): GroupRules {
  return { ...defaultGroupRules, ...group?.rules };
}

/** A group's profile for who has left: what it says to its members is not for them. */
export function groupForWhoLeft({ announcement: _said, fields: _fields, ...rest }: GroupView): GroupView {
  return rest;
}
