import { type ConversationLine, type Item, userOf } from '../../history/line.ts';
import { type Case, describeRow, isThere } from './case.ts';
import { itemsOf } from './check-observations.ts';
import type { StoredMember, StoredRow } from './stored.ts';

type Of<Op extends ConversationLine['op']> = Extract<ConversationLine, { op: Op }>;
type Told = Of<'told'>;

/**
 * What becomes of messages. I26: what a device shows of one never goes back to an earlier wording. I27: what was taken back is shown by no
 * device that has applied it, and is in no page that is later. I10: what was acknowledged of a message is in every page that is asked for
 * afterwards. I14: at rest every device has the last wording, the reactions and the pins that are stored.
 */
export function checkVersions(one: Case): void {
  checkShown(one);
  checkPages(one);
  checkEnds(one);
}

function checkShown({ id, lines, stored, found }: Case): void {
  const shown = new Map<string, Of<'shown'>>();
  const positions = new Map<string, Of<'position'>>();
  for (const line of lines) {
    if (line.op === 'position') positions.set(line.by, line);
    if (line.op !== 'shown') continue;
    const key = `${line.by} ${line.seq}`;
    const before = shown.get(key);
    shown.set(key, line);
    if (before !== undefined && ageOf(line) < ageOf(before)) {
      found.add('I26', id, `${line.by} showed message ${line.seq} in an earlier wording again`, [before, line]);
    }
    const row = stored.messages[line.seq - 1];
    const position = positions.get(line.by);
    if (row === undefined || row.gone === null || line.gone || (position?.change ?? 0) < row.contentChange) continue;
    const what = `${line.by} showed what message ${line.seq} had said, and had applied that it is gone`;
    found.add('I27', id, what, [position, line], [describeRow(row)]);
  }
}

/** Later wordings are greater; there is none after the one that says that it was taken back. */
function ageOf({ gone, editedAt }: Of<'shown'>): number {
  return gone ? Number.POSITIVE_INFINITY : editedAt;
}

/** A page tells of itself up to which change it is; what was acknowledged before it was asked for is not later than that. */
function checkPages({ id, lines, stored, away, found }: Case): void {
  const told: Told[] = [];
  const latest = new Map<number, Told>();
  for (const line of lines) if (line.op === 'told' && line.changed) told.push(line);
  const pages = lines.filter((line): line is Of<'page'> => line.op === 'page').sort((a, b) => a.from - b.from);
  let next = 0;
  for (const page of pages) {
    for (let ack = told[next]; ack !== undefined && ack.t < page.from; ack = told[++next]) {
      const known = latest.get(ack.item[0]);
      if (known === undefined || known.item[1] < ack.item[1]) latest.set(ack.item[0], ack);
    }
    for (const item of page.items) {
      const ack = latest.get(item[0]);
      // Who has left reads as it was then.
      const isAsOf = away.has(userOf(page.by)) && ack !== undefined && page.head[1] < ack.item[1];
      if (ack !== undefined && item[1] < ack.item[1] && !isAsOf) {
        const what = `${userOf(page.by)} asked node ${page.node} for message ${item[0]} after its change ${ack.item[1]} had been acknowledged, and got change ${item[1]}`;
        found.add('I10', id, what, [ack, page]);
      }
    }
  }
  for (const line of lines) {
    if ((line.op !== 'page' && line.op !== 'repair') || line.head === undefined) continue;
    const item = line.items.find(([seq, , , , change = 0]) => {
      const row = stored.messages[seq - 1];
      return row?.gone != null && row.contentChange <= line.head[1] && change < row.contentChange;
    });
    if (item === undefined) continue;
    found.add('I27', id, `${line.by} was given what message ${item[0]} had said after it was gone`, [line]);
  }
}

function checkEnds({ id, lines, stored, members, found }: Case): void {
  for (const line of lines) {
    if (line.op !== 'end') continue;
    const member = members.get(userOf(line.by));
    if (member === undefined) continue;
    const isLive = line.view === 'live';
    const wrong = line.items.find((item) => !isLatest(member, isLive, stored.messages[item[0] - 1], item));
    if (wrong !== undefined) {
      const row = stored.messages[wrong[0] - 1];
      const isOld = row?.content !== wrong[3];
      const what = `${line.by} shows other ${isOld ? 'words' : 'reactions'} of message ${wrong[0]} than are stored`;
      found.add(isOld && row?.gone != null ? 'I27' : 'I14', id, what, [line], row && [describeRow(row)]);
    }
    if (member.left) continue;
    const pins = stored.pins.filter((seq) => isThere(member, seq));
    const shown = line.pins.filter((seq) => isThere(member, seq));
    if (pins.join() !== shown.join()) {
      found.add('I14', id, `${line.by} shows the pins ${line.pins.join()}, stored are ${pins.join()}`, [line]);
    }
  }
}

/** Who has left sees a message as it was then; but of what was taken back since nothing can be read anew. */
function isLatest(member: StoredMember, isLive: boolean, row: StoredRow | undefined, item: Item): boolean {
  const [, , , content, , reactions = ''] = item;
  if (row === undefined) return true;
  if (member.left && row.change > member.change) return isLive || row.gone !== 'revoked' || row.content === content;
  return row.content === content && row.reactions === reactions;
}

/** I4: one wording of a message is the same for everybody who saw it, and so are its reactions at one change, and what it quotes. */
export function checkSameForAll({ id, lines, stored, found, away }: Case): void {
  const known = new Map<string, { value: string; line: ConversationLine }>();
  const told = new Set<string>();
  const compare = (key: string, value: string, line: ConversationLine, what: string) => {
    const before = known.get(key);
    if (before === undefined) known.set(key, { value, line });
    else if (before.value !== value && !told.has(key)) {
      told.add(key);
      found.add('I4', id, what, [before.line, line]);
    }
  };
  for (const line of lines) {
    if (line.op === 'end') continue;
    // Who has left sees a message as it was then, without what people made of it.
    const isAway = line.op !== 'received' && line.op !== 'told' && away.has(userOf(line.by));
    for (const [seq, change, , digest, contentChange = 0, reactions = '', quoteChange = 0, quote = ''] of itemsOf(line)) {
      const isGone = isAway && stored.messages[seq - 1]?.gone != null;
      if (!isGone) compare(`${seq} ${contentChange}`, digest, line, `message ${seq} has two wordings of one change`);
      if (!isAway) compare(`${seq} at ${change}`, reactions, line, `message ${seq} has other reactions for one than for another`);
      if (quote !== '')
        compare(`${seq} quotes ${quoteChange}`, quote, line, `message ${seq} quotes other words for one than for another`);
    }
  }
}
