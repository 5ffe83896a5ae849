import type { ConversationLine, DeviceLine, NemesisLine, Verb } from '../../history/line.ts';
import { deviceOf, userOf } from '../../history/line.ts';
import type { StoredConversation, StoredMember, StoredRow } from './stored.ts';
import type { Violations } from './violation.ts';

/** Everything about one conversation, as the checks need it. */
export interface Case {
  id: string;
  /** In the order of time. */
  lines: readonly ConversationLine[];
  stored: StoredConversation;
  /** By clientMessageId and sender. */
  rows: ReadonlyMap<string, StoredRow>;
  members: ReadonlyMap<string, StoredMember>;
  /** Who has left or was removed at some time, or may have been. */
  away: ReadonlySet<string>;
  /** Up to where each person may have cleared it: what they could read before is not known any more. */
  cleared: ReadonlyMap<string, number>;
  devices: Devices;
  found: Violations;
}

export function makeCase(
  lines: readonly ConversationLine[],
  stored: StoredConversation,
  devices: Devices,
  found: Violations,
): Case {
  const rows = new Map<string, StoredRow>();
  for (const row of stored.messages) if (!row.isNotice) rows.set(sendKey(row.sender, row.id), row);
  const members = new Map(stored.members.map((member) => [member.userId, member]));
  const cleared = new Map<string, number>();
  for (const line of lines) {
    if (line.op !== 'act' || line.verb !== 'clear') continue;
    const user = userOf(line.by);
    cleared.set(user, Math.max(cleared.get(user) ?? 0, line.seq ?? 0));
  }
  return { id: stored.id, lines, stored, rows, members, away: awayOf(lines, stored), cleared, devices, found };
}

function awayOf(lines: readonly ConversationLine[], { members }: StoredConversation): Set<string> {
  const away = new Set(members.filter(({ left }) => left).map(({ userId }) => userId));
  for (const line of lines) {
    if (line.op === 'leave') away.add(userOf(line.by));
    else if (line.op === 'act' && line.verb === 'kick' && line.user !== undefined) away.add(line.user);
  }
  return away;
}

const comings: ReadonlySet<Verb> = new Set(['join', 'apply', 'accept']);

/** Who may be in a conversation by this, in which they were not. */
export function broughtInBy(line: ConversationLine): readonly string[] {
  if (line.op === 'invite') return line.users;
  return line.op === 'act' && line.user !== undefined && comings.has(line.verb) ? [line.user] : [];
}

export function sendKey(sender: string, id: string): string {
  return `${sender} ${id}`;
}

export function isVisible(member: StoredMember | undefined, seq: number): boolean {
  return member?.visible.some(([from, to]) => seq >= from && seq <= to) ?? false;
}

/** Whether a page or a timeline of theirs has this message: they may read it, and have not taken it out of their own view. */
export function isThere(member: StoredMember | undefined, seq: number): boolean {
  return isVisible(member, seq) && member?.removed.includes(seq) !== true;
}

/** Whether nothing is left of a message for this member: taken back or disappeared, before they had left if they have. */
export function isGoneFor(member: StoredMember, row: StoredRow): boolean {
  return row.gone !== null && (!member.left || row.contentChange <= member.change);
}

/** Whether a message is countable and counts no longer for this member. */
export function countsNoMore(member: StoredMember, row: StoredRow): boolean {
  return isVisible(member, row.seq) && (isGoneFor(member, row) || member.removed.includes(row.seq));
}

/** How many messages up to `seq` make a conversation unread. */
export function countableUpTo(stored: StoredConversation, seq: number): number {
  return stored.messages[Math.min(seq, stored.messages.length) - 1]?.countableSeq ?? 0;
}

export function describeRow(row: StoredRow): string {
  return `message ${row.seq} (change ${row.change}) of ${row.sender}, ${row.id}`;
}

export function describeMember(member: StoredMember): string {
  const visible = member.visible.map(([from, to]) => `${from}–${Number.isFinite(to) ? to : ''}`).join(', ');
  return `${member.userId} is ${member.left ? 'gone' : member.role}, reads ${visible || 'nothing'}, has read up to ${member.readSeq}`;
}

/** What is known of all devices from the lines about them. */
export interface Devices {
  lines: readonly (DeviceLine | NemesisLine)[];
  /** Devices that were left behind for good, with what they had not sent. */
  abandoned: ReadonlySet<string>;
  /** When each life ended; absent: at the end of the trial. */
  endedAt: ReadonlyMap<string, number>;
  /** Lives that were there at the end. */
  lastLives: ReadonlySet<string>;
  /** When something was wrong, from the strike to the end of its healing. */
  faultTimes: readonly (readonly [from: number, to: number])[];
  /** When the process of the devices stood still. */
  stalls: readonly (readonly [from: number, to: number])[];
}

/** How much of the time between two moments the devices could do something, in microseconds. */
export function livelyMicros({ stalls }: Devices, from: number, to: number): number {
  let lively = to - from;
  for (const [began, over] of stalls) lively -= Math.max(0, Math.min(over, to) - Math.max(began, from));
  return lively;
}

export function readDevices(lines: readonly (DeviceLine | NemesisLine)[]): Devices {
  const abandoned = new Set<string>();
  const endedAt = new Map<string, number>();
  const lastLives = new Set<string>();
  const faultTimes: [number, number][] = [];
  const stalls: [number, number][] = [];
  const open = new Map<string, number>();
  for (const line of lines) {
    if (line.op === 'life' && line.event === 'ends') {
      endedAt.set(line.by, line.t);
      if (line.why === 'abandoned') abandoned.add(deviceOf(line.by));
    } else if (line.op === 'endDevice' && line.view === 'live') lastLives.add(line.by);
    else if (line.op === 'fault' && line.event === 'strikes') open.set(line.fault, line.t);
    else if (line.op === 'fault' && line.event === 'healed') faultTimes.push([open.get(line.fault) ?? line.t, line.t]);
    else if (line.op === 'stalled') stalls.push([line.t - line.ms * 1_000, line.t]);
  }
  return { lines, abandoned, endedAt, lastLives, faultTimes, stalls };
}
