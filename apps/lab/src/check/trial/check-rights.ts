import { type ActLine, type ConversationLine, type DeviceLine, type SendLine, userOf } from '../../history/line.ts';
import { broughtInBy, type Case } from './case.ts';

type Relation = Extract<DeviceLine, { op: 'relation' }>;
type Deed = ConversationLine | Relation;

/** A time in which somebody may not write, and the line that began it. */
interface Silence {
  from: number;
  to: number;
  why: Deed;
}

type Write = { by: string; invokedAt: number; answer: ConversationLine; what: string; isSaid: boolean };

/**
 * I31: who was muted, removed, has left, or stands apart from the other by a block does not write. Between the answer to that and the moment in which anybody wanted the opposite,
 * nothing that they began is acknowledged: no message, no edit, and of who is no member no reaction either.
 */
export function checkRights(one: Case): void {
  const { id, lines, found } = one;
  const muted = silences(lines, isMute, endsMute);
  const outside = one.stored.kind === 'direct' ? blocked(one) : silences(lines, isRemoval, endsRemoval);
  if (muted.size + outside.size === 0) return;
  for (const write of acknowledged(lines)) {
    const user = userOf(write.by);
    const hits = [...(outside.get(user) ?? []), ...(write.isSaid ? (muted.get(user) ?? []) : [])];
    const hit = hits.find(({ from, to }) => write.invokedAt > from && write.answer.t < to);
    if (hit === undefined) continue;
    found.add('I31', id, `${write.what} of ${user} was acknowledged although they could not write`, [hit.why, write.answer]);
  }
}

/** What takes a person's right to write away. */
type Begins = (line: Deed) => { user: string; from: number; lastsMs?: number } | null;
/** What gives it back, or may: to whom; null: to anybody. */
type Ends = (line: Deed) => { users: readonly string[] | null } | null;

const isMute: Begins = (line) => {
  const isDone = line.op === 'act' && line.verb === 'mute' && line.phase === 'ok' && line.user !== undefined;
  return isDone && line.user !== undefined ? { user: line.user, from: line.from, lastsMs: Number(line.value) } : null;
};

const endsMute: Ends = (line) => {
  // Who inherits a group is above any muting.
  if (line.op === 'leave') return { users: null };
  if (line.op !== 'act' || line.user === undefined) return null;
  return line.verb === 'unmute' || line.verb === 'mute' || line.verb === 'transfer' ? { users: [line.user] } : null;
};

const isRemoval: Begins = (line) => {
  if (line.op === 'leave' && line.phase === 'ok') return { user: userOf(line.by), from: line.from };
  const isDone = line.op === 'act' && line.verb === 'kick' && line.phase === 'ok' && line.user !== undefined;
  return isDone && line.user !== undefined ? { user: line.user, from: line.from } : null;
};

const endsRemoval: Ends = (line) => {
  const users = 'in' in line ? broughtInBy(line) : [];
  return users.length > 0 ? { users } : null;
};

/** Between two people of whom one has blocked the other nobody writes: neither of them. */
function blocked({ devices, members }: Case): Map<string, Silence[]> {
  const both = [...members.keys()];
  const lines = devices.lines.filter((line): line is Relation => line.op === 'relation' && both.includes(line.user));
  const between = lines.filter((line) => both.includes(userOf(line.by)));
  const all = both.flatMap((blocker) => {
    const own = between.filter((line) => userOf(line.by) === blocker);
    return [...silences(own, isBlock, endsBlock).values()].flat();
  });
  return new Map(all.length === 0 ? [] : both.map((user) => [user, all]));
}

const isBlock: Begins = (line) =>
  line.op === 'relation' && line.verb === 'block' && line.phase === 'ok' ? { user: line.user, from: line.from } : null;

const endsBlock: Ends = (line) => (line.op === 'relation' && line.verb === 'unblock' ? { users: [line.user] } : null);

/** Each ends with the first opposite that was not over when it was invoked. */
function silences(lines: readonly Deed[], begins: Begins, ends: Ends): Map<string, Silence[]> {
  const opposites = lines.flatMap((line) => {
    const end = ends(line);
    if (end === null || !('phase' in line) || line.phase !== 'invoke') return [];
    return [{ ...end, at: line.t, overAt: overAt(lines, line), line }];
  });
  const silent = new Map<string, Silence[]>();
  for (const line of lines) {
    const begin = begins(line);
    if (begin === null) continue;
    const { user, from, lastsMs = Number.POSITIVE_INFINITY } = begin;
    const isOwn = (other: Deed) => other.by === line.by && other.t === from;
    const end = opposites.find(
      ({ users, overAt, line: other }) => (users === null || users.includes(user)) && overAt > from && !isOwn(other),
    );
    const to = Math.min(end?.at ?? Number.POSITIVE_INFINITY, from + lastsMs * 1_000);
    if (to > line.t) silent.set(user, [...(silent.get(user) ?? []), { from: line.t, to, why: line }]);
  }
  return silent;
}

function overAt(lines: readonly Deed[], invoke: Deed): number {
  const over = lines.find(
    (line) => 'from' in line && line.op === invoke.op && line.by === invoke.by && line.from === invoke.t && line.op !== 'page',
  );
  // Of what has no answer nobody knows when it was done.
  return over === undefined || ('phase' in over && over.phase === 'info') ? Number.POSITIVE_INFINITY : over.t;
}

function acknowledged(lines: readonly ConversationLine[]): Write[] {
  const invoked = new Map<string, SendLine>();
  const writes: Write[] = [];
  for (const line of lines) {
    if (line.op === 'send') {
      const key = `${userOf(line.by)} ${line.id}`;
      if (line.phase === 'invoke') invoked.set(key, line);
      const { by, t: invokedAt } = invoked.get(key) ?? line;
      if (line.phase === 'ok' && !line.deduplicated)
        writes.push({ by, invokedAt, answer: line, what: 'a message', isSaid: true });
    } else if (line.op === 'act' && line.phase === 'ok' && isWriting(line)) {
      writes.push({ by: line.by, invokedAt: line.from, answer: line, what: `${line.verb}`, isSaid: line.verb === 'edit' });
    }
  }
  return writes;
}

function isWriting({ verb }: ActLine): boolean {
  return verb === 'edit' || verb === 'react' || verb === 'pin' || verb === 'unpin';
}
