import { type ActLine, type ConversationLine, userOf, type Verb } from '../../history/line.ts';
import { type Case, describeMember, describeRow } from './case.ts';
import { type GroupAt, heirOf, walkGroup } from './group-order.ts';
import type { StoredRow } from './stored.ts';

/**
 * Groups in the order of their commits. I31: nobody speaks who is no member there and then. I32: while all are muted only the owner and
 * admins speak. I33: a group that lives has exactly one owner, who alone hands it over, makes admins and ends it, and in the end all have
 * the roles that follow from that. I34: after the dismissal there is nothing.
 */
export function checkGroups(one: Case): void {
  const { id, stored, found } = one;
  if (stored.group === undefined) return;
  const gains: Gain[] = [];
  const told = new Set<string>();
  const tell: Tell = (invariant, what, row) => {
    // What is wrong once is wrong to the end.
    if (told.has(invariant)) return;
    told.add(invariant);
    found.add(
      invariant,
      id,
      what,
      one.lines.filter((line) => line.op === 'send' && line.id === row.id),
      [describeRow(row)],
    );
  };
  const group = walkGroup(stored, (row, before) => {
    if (before.dismissedBy !== null) tell('I34', `message ${row.seq} came after the dismissal`, row);
    const { kind, users: [heir] = [] } = row.notice ?? {};
    // Who comes to own it is told of in the change just before the notice.
    const next = kind === 'group.transferred' ? heir : kind === 'member.left' ? heirOf(row, before) : undefined;
    if (next !== undefined) gains.push({ user: next, change: row.isChanged ? null : row.change - 1 });
    if (row.notice !== undefined) checkNotice(row, before, tell);
    else checkSpeaker(row, before, tell);
  });
  const [first] = stored.messages;
  if (first?.notice?.kind !== 'group.created') return;
  checkRoles(one, group);
  checkToldOwners(one, gains);
  if (group.dismissedBy !== null) checkSilent(one, group.dismissedBy);
  checkAfterDismissal(one);
}

/** Somebody becomes the owner; `change` null: of that notice something became since, and when it was written is not known. */
interface Gain {
  user: string;
  change: number | null;
}

type Tell = (invariant: 'I31' | 'I32' | 'I33' | 'I34', what: string, row: StoredRow) => void;

function checkSpeaker(row: StoredRow, { roles, mutedAll }: GroupAt, tell: Tell): void {
  const role = roles.get(row.sender);
  if (role === undefined) tell('I31', `message ${row.seq} is of ${row.sender}, who was no member then`, row);
  else if (mutedAll && role === 'member')
    tell('I32', `message ${row.seq} is of ${row.sender}, a member, while all were muted`, row);
}

/** What only some may do, and what would leave a group without its owner. */
function checkNotice(row: StoredRow, { roles }: GroupAt, tell: Tell): void {
  const { kind = '', actor = '', users = [] } = row.notice ?? {};
  const role = roles.get(actor);
  const isOwners = kind === 'group.transferred' || kind === 'member.role' || kind === 'group.dismissed';
  const owners = [...roles.values()].filter((one) => one === 'owner').length;
  // Of whom nobody is left when the last one leaves.
  if (kind !== 'group.created' && roles.size > 0 && owners !== 1) {
    tell('I33', `there are ${owners} owners at message ${row.seq}`, row);
  } else if (isOwners && role !== 'owner' && roles.size > 0) {
    tell('I33', `message ${row.seq} says ${kind} by ${actor}, who is ${role ?? 'no member'}`, row);
  } else if (kind === 'member.kicked' && users.some((user) => roles.get(user) === 'owner')) {
    tell('I33', `message ${row.seq} says that the owner was removed`, row);
  } else if ((kind === 'group.muted' || kind === 'group.unmuted') && role !== 'owner' && role !== 'admin') {
    tell('I32', `message ${row.seq} says ${kind} by ${actor}, who is ${role ?? 'no member'}`, row);
  }
}

/** The rows of the members say what follows from all that was done to them. */
function checkRoles({ id, stored, found }: Case, { roles }: GroupAt): void {
  const active = stored.members.filter((member) => !member.left);
  const owners = active.filter((member) => member.role === 'owner');
  if (active.length > 0 && owners.length !== 1) {
    found.add('I33', id, `there are ${owners.length} owners in the end`, [], active.map(describeMember));
  }
  const listed = active.map(({ userId, role }) => `${userId} ${role}`).sort();
  const expected = [...roles].map(([user, role]) => `${user} ${role}`).sort();
  if (listed.join() === expected.join()) return;
  found.add(
    'I33',
    id,
    'the roles are not those that follow from what was done',
    [],
    [`stored: ${listed.join(', ')}`, `by the notices: ${expected.join(', ')}`],
  );
}

/** Nobody was ever told of an owner whom no handing over made one. */
function checkToldOwners({ id, lines, found }: Case, gains: readonly Gain[]): void {
  for (const line of lines) {
    if (line.op !== 'received' || line.type !== 'member.updated' || line.role !== 'owner') continue;
    if (gains.some(({ user, change }) => user === line.user && (change === null || change === line.change))) continue;
    found.add('I33', id, `${userOf(line.by)} was told that ${line.user} owns the group, to whom nobody gave it`, [line]);
    return;
  }
}

/** Nothing in the rows is later than the dismissal, but what disappears by its time. */
function checkSilent({ id, stored, found }: Case, end: StoredRow): void {
  if (end.isChanged) found.add('I34', id, `something became of the notice of the dismissal`, [], [describeRow(end)]);
  // The notice is followed by the change of the group itself.
  const last = end.change + 1;
  const row = stored.messages.find(({ change, gone }) => change > last && gone !== 'expired');
  if (row !== undefined)
    found.add('I34', id, `something became of message ${row.seq} after the dismissal`, [], [describeRow(row)]);
  const member = stored.members.find(({ change }) => change > last);
  if (member !== undefined) {
    found.add('I34', id, `something became of ${member.userId} after the dismissal`, [], [describeMember(member)]);
  }
  const { links = [], requests = [], dismissed = false } = stored.group ?? {};
  const open = links.filter(({ revoked }) => !revoked).length;
  const waiting = requests.filter(({ status }) => status === 'pending').length;
  if (dismissed && open + waiting === 0) return;
  found.add('I34', id, `a dismissed group ${dismissed ? `has ${open} links and ${waiting} applications` : 'lives'}`, []);
}

const changing: ReadonlySet<Verb> = new Set([
  ...(['edit', 'revoke', 'react', 'pin', 'kick', 'mute', 'promote', 'muteAll', 'unmuteAll', 'transfer', 'autoDelete'] as const),
  ...(['makeLink', 'accept'] as const),
]);

/** Between people: what was begun after the dismissal had been acknowledged is never acknowledged. */
function checkAfterDismissal({ id, lines, found }: Case): void {
  const isEnd = (line: ConversationLine): line is Extract<ActLine, { phase: 'ok' }> =>
    line.op === 'act' && line.verb === 'dismiss' && line.phase === 'ok';
  const end = lines.find(isEnd);
  if (end === undefined) return;
  for (const line of lines) {
    const isDone = line.op === 'act' || line.op === 'invite' || line.op === 'leave';
    if (!isDone || line.phase !== 'ok' || line.from <= end.t || (line.op === 'act' && !changing.has(line.verb))) continue;
    const what = line.op === 'act' ? line.verb : line.op;
    found.add('I34', id, `${what} of ${userOf(line.by)} was acknowledged after the dismissal`, [end, line]);
  }
}
