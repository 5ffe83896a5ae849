import { type ConversationLine, userOf } from '../../history/line.ts';
import { type Case, isThere } from './case.ts';

type Of<Op extends ConversationLine['op']> = Extract<ConversationLine, { op: Op }>;

/** What one life of a device was told of a conversation so far, and how far it is. */
interface Life {
  position: Of<'position'> | undefined;
  /** Changes that it was told of one by one, above its position. */
  told: Set<number>;
  /** Heads to which an answer of the server has brought it. */
  heads: Set<number>;
  applied: Of<'applied'> | undefined;
  /** A declared jump: what lies before the next message need not be announced. */
  mayJump: boolean;
  /** The seq with which it began. */
  baseSeq: number | undefined;
}

/**
 * I7: a cursor moves by one, or by an answer of the server that says so. I11: it never goes back. I3 and I5: what is announced comes
 * once, in order, and without leaving out what the person may read.
 */
export function checkCursors(one: Case): void {
  const lives = new Map<string, Life>();
  for (const line of one.lines) {
    let life = lives.get(line.by);
    if (life === undefined) {
      life = { position: undefined, told: new Set(), heads: new Set(), applied: undefined, mayJump: false, baseSeq: undefined };
      lives.set(line.by, life);
    }
    if (line.op === 'received' && line.change !== undefined) life.told.add(line.change);
    else if (line.op === 'send' && line.phase === 'ok') life.told.add(line.change);
    else if (line.op === 'told' && line.changed) life.told.add(line.item[1]);
    else if (line.op === 'repair' && line.kind !== 'page') {
      life.heads.add(line.head[1]);
      if (line.kind !== 'changes') life.mayJump = true;
    } else if (line.op === 'position') move(one, life, line);
    else if (line.op === 'applied') apply(one, life, line);
  }
}

function move({ id, found }: Case, life: Life, line: Of<'position'>): void {
  const before = life.position;
  life.position = line;
  if (before === undefined) {
    life.baseSeq = line.seq;
    return;
  }
  if (line.change < before.change || line.seq < before.seq) {
    found.add('I11', id, `${line.by} went back from change ${before.change} to ${line.change}`, [before, line]);
    return;
  }
  if (line.change === before.change) return;
  let from = line.change;
  while (from > before.change && life.told.has(from) && !life.heads.has(from)) from--;
  if (from > before.change && !life.heads.has(from)) {
    found.add('I7', id, `${line.by} went from change ${before.change} to ${line.change} without having heard of ${from}`, [
      before,
      line,
    ]);
  }
  for (const change of life.told) if (change <= line.change) life.told.delete(change);
  for (const change of life.heads) if (change <= line.change) life.heads.delete(change);
}

function apply({ id, found, members, stored }: Case, life: Life, line: Of<'applied'>): void {
  const [seq] = line.item;
  const last = life.applied;
  const lastSeq = last?.item[0] ?? life.baseSeq ?? seq - 1;
  life.applied = line;
  if (last !== undefined && seq === lastSeq) {
    found.add('I3', id, `${line.by} announced message ${seq} twice`, [last, line]);
  } else if (last !== undefined && seq < lastSeq) {
    found.add('I5', id, `${line.by} announced message ${seq} after message ${lastSeq}`, [last, line]);
  } else if (!life.mayJump) {
    const member = members.get(userOf(line.by));
    for (let missed = lastSeq + 1; missed < seq; missed++) {
      // What was gone before it came is not announced.
      if (!isThere(member, missed) || stored.messages[missed - 1]?.gone != null) continue;
      found.add('I7', id, `${line.by} announced message ${seq} and never message ${missed} before it`, [
        last ?? life.position,
        line,
      ]);
      break;
    }
  }
  life.mayJump = false;
}
