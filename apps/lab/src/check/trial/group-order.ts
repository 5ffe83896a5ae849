import type { StoredConversation, StoredNotice, StoredRow } from './stored.ts';

/** How a group is at one place of its order. */
export interface GroupAt {
  /** Of present members. */
  roles: Map<string, string>;
  /** With which message each of them came. */
  joined: Map<string, number>;
  mutedAll: boolean;
  /** The notice that ended it. */
  dismissedBy: StoredRow | null;
}

/**
 * Goes through a group in the order of its commits. Everything that changes who may do what in it is said by a notice, and notices have
 * their places among the messages, so that the rows alone tell who had which right at which message. `look` sees each row with the group
 * as it was just before it. Answers how it is in the end.
 */
export function walkGroup({ messages }: StoredConversation, look: (row: StoredRow, group: GroupAt) => void): GroupAt {
  const group: GroupAt = { roles: new Map(), joined: new Map(), mutedAll: false, dismissedBy: null };
  for (const row of messages) {
    look(row, group);
    if (row.notice !== undefined) apply(group, row, row.notice);
  }
  return group;
}

function apply(group: GroupAt, row: StoredRow, { kind, actor, users, role }: StoredNotice): void {
  const { roles } = group;
  const come = (user: string, as: string) => {
    roles.set(user, as);
    group.joined.set(user, row.seq);
  };
  switch (kind) {
    case 'group.created':
      come(actor, 'owner');
      for (const user of users) come(user, 'member');
      break;
    case 'member.joined':
      for (const user of users) come(user, 'member');
      break;
    case 'member.kicked':
      for (const user of users) roles.delete(user);
      break;
    case 'member.left': {
      const heir = heirOf(row, group);
      roles.delete(actor);
      if (heir !== undefined) roles.set(heir, 'owner');
      break;
    }
    case 'member.role':
      for (const user of users) roles.set(user, role ?? 'member');
      break;
    case 'group.transferred':
      roles.set(actor, 'admin');
      for (const user of users) roles.set(user, 'owner');
      break;
    case 'group.muted':
    case 'group.unmuted':
      group.mutedAll = kind === 'group.muted';
      break;
    case 'group.dismissed':
      group.dismissedBy = row;
  }
}

/** Who inherits when an owner leaves: of the admins, or else of the members, the one who has been there longest. */
export function heirOf({ notice }: StoredRow, { roles, joined }: GroupAt): string | undefined {
  const leaver = notice?.actor ?? '';
  if (roles.get(leaver) !== 'owner') return undefined;
  const others = [...roles].filter(([user]) => user !== leaver);
  const admins = others.filter(([, role]) => role !== 'member');
  const all = admins.length > 0 ? admins : others;
  const [first] = all
    .map(([user]) => ({ user, at: joined.get(user) ?? 0 }))
    .sort((a, b) => a.at - b.at || (a.user < b.user ? -1 : 1));
  return first?.user;
}
