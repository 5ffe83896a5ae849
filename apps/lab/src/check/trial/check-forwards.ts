import { type ActLine, type ConversationLine, type SendLine, userOf } from '../../history/line.ts';
import { type Case, describeRow } from './case.ts';
import type { StoredRow } from './stored.ts';
import type { Violations } from './violation.ts';

/** A message that was passed on, where it has arrived. */
interface Arrived {
  conversation: string;
  key: string;
  row: StoredRow;
  invoke: SendLine;
}

type Forward = Extract<ActLine, { phase: 'invoke' }>;

/** What a forward may have found at its origin. */
interface Origin {
  /** None: it could not be passed on; null: nobody knows. */
  words: ReadonlySet<string> | null;
  /** Who said it first; null: nobody knows. */
  sayer: string | null;
  line: ActLine;
}

/**
 * I35: a message that was passed on has the words that its origin had while it was passed on, and the name of who said them first; and
 * they stand in the order that they had. Origin and target are two conversations, so what belongs together is gathered from each.
 */
export class Forwards {
  readonly #arrived: Arrived[] = [];
  readonly #origins = new Map<string, Origin>();

  gather(one: Case): void {
    const acts = one.lines.filter((line): line is ActLine => line.op === 'act');
    for (const line of acts) {
      if (line.verb === 'forward' && line.phase === 'invoke') {
        this.#origins.set(`${line.value} ${line.seq}`, originOf(one, acts, line));
      }
    }
    this.#gatherArrived(one);
  }

  check(found: Violations): void {
    for (const { conversation, key, row, invoke } of this.#arrived) {
      const origin = this.#origins.get(key);
      if (origin === undefined) continue;
      const proof = [describeRow(row)];
      if (origin.words?.has(row.words) === false) {
        found.add(
          'I35',
          conversation,
          `message ${row.seq} was passed on with other words than it had`,
          [origin.line, invoke],
          proof,
        );
      }
      if (origin.sayer !== null && row.forwardedFrom !== origin.sayer) {
        const what = `message ${row.seq} was first said by ${origin.sayer}, and is told as said by ${row.forwardedFrom}`;
        found.add('I35', conversation, what, [origin.line, invoke], proof);
      }
    }
  }

  #gatherArrived({ id, lines, stored, found }: Case): void {
    const rows = new Map(stored.messages.map((row) => [`${row.sender} ${row.id}`, row]));
    const passed = new Set<StoredRow>();
    const latest = new Map<string, { origin: number; row: StoredRow }>();
    for (const line of lines) {
      if (line.op !== 'send' || line.phase !== 'invoke' || line.via !== 'forward') continue;
      const row = rows.get(`${userOf(line.by)} ${line.id}`);
      if (row === undefined) continue;
      passed.add(row);
      const before = latest.get(line.forward);
      if (before !== undefined && before.origin < line.origin && before.row.seq > row.seq) {
        found.add(
          'I35',
          id,
          `what was passed on stands the other way round`,
          [line],
          [describeRow(before.row), describeRow(row)],
        );
      }
      latest.set(line.forward, { origin: line.origin, row });
      // What its new sender made of it since is compared as an edit is.
      if (row.contentChange > 0 || row.gone !== null) continue;
      this.#arrived.push({ conversation: id, key: `${line.forward} ${line.origin}`, row, invoke: line });
    }
    for (const row of stored.messages) {
      // Of what is gone nothing is left that says so.
      const isAsTold = (row.forwardedFrom !== undefined) === passed.has(row) || (passed.has(row) && row.gone !== null);
      if (isAsTold) continue;
      found.add(
        'I35',
        id,
        `message ${row.seq} ${passed.has(row) ? 'hides' : 'claims'} that it was passed on`,
        [],
        [describeRow(row)],
      );
    }
  }
}

/** The wordings that a message may have had between the wish to pass it on and the answer. */
function originOf({ lines, stored }: Case, acts: readonly ActLine[], forward: Forward): Origin {
  const row = stored.messages[(forward.seq ?? 0) - 1];
  const isPassedOn = row !== undefined && !row.isNotice && row.expiresAt === null && row.gone !== 'expired';
  if (!isPassedOn) return { words: new Set(), sayer: null, line: forward };
  const sayer = row.forwardedFrom ?? row.sender;
  const wishes = acts.filter(({ seq, phase }) => seq === forward.seq && phase === 'invoke');
  const deeds = wishes.map((wish) => ({ wish, answer: answerTo(acts, wish) }));
  const isOver = ({ answer }: { answer: Answer | undefined }) => answer?.phase === 'ok' && answer.t < forward.t;
  if (deeds.some((deed) => deed.wish.verb === 'revoke' && isOver(deed))) return { words: new Set(), sayer, line: forward };
  const edits = deeds.filter(
    ({ wish, answer }) => wish.verb === 'edit' && userOf(wish.by) === row.sender && answer?.phase !== 'fail',
  );
  // An edit that was acknowledged before has taken the place of whatever had been said before it began.
  const settledAt = Math.max(Number.NEGATIVE_INFINITY, ...edits.filter(isOver).map(({ wish }) => wish.t));
  const first = firstWords(lines, row);
  const isFirstGone = settledAt > Number.NEGATIVE_INFINITY;
  if (first === undefined && !isFirstGone) return { words: null, sayer, line: forward };
  const answer = answerTo(acts, forward);
  const until = answer === undefined || answer.phase === 'info' ? Number.POSITIVE_INFINITY : answer.t;
  const words = edits.flatMap(({ wish, answer: told }) => {
    const endedAt = told?.phase === 'ok' ? told.t : Number.POSITIVE_INFINITY;
    return wish.value !== undefined && wish.t < until && endedAt >= settledAt ? [wish.value] : [];
  });
  return { words: new Set(first === undefined || isFirstGone ? words : [first, ...words]), sayer, line: forward };
}

function firstWords(lines: readonly ConversationLine[], row: StoredRow): string | undefined {
  const sent = lines.find((line) => line.op === 'send' && line.phase === 'invoke' && line.id === row.id);
  if (sent?.op !== 'send' || sent.phase !== 'invoke') return undefined;
  if (sent.via !== 'forward') return sent.words ?? sent.content;
  return row.contentChange === 0 ? row.words : undefined;
}

type Answer = Extract<ActLine, { from: number }>;

function answerTo(acts: readonly ActLine[], invoke: ActLine): Answer | undefined {
  return acts.find((line): line is Answer => line.phase !== 'invoke' && line.by === invoke.by && line.from === invoke.t);
}
