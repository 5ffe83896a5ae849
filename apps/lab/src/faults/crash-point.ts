import { postgresFrames } from './postgres-frames.ts';
import type { Tap } from './road.ts';

/**
 * Where a node is to die, relative to the commit of a batch of messages.
 *
 * `before-commit`: everything of the batch was said but the commit itself: Postgres must forget it.
 * `before-publish`: committed, but the node never hears of it: nobody was told, nobody was answered.
 * `before-ack`: the node has heard, and has told the other nodes; its own clients hear nothing any more.
 */
export type CrashPoint = 'before-commit' | 'before-publish' | 'before-ack';

/** Watches one node's road to Postgres. */
export interface CrashPoints {
  /** For each connection of the road. */
  tap(): Tap;
  /**
   * From now on waits for the next batch. `aboutToCommit` is called when its commit is seen, before anything of it moves on;
   * resolves at the point where the node is to be killed.
   */
  arm(point: CrashPoint, aboutToCommit: () => void): Promise<void>;
  disarm(): void;
}

/** The name under which the lanes' connections show up in Postgres. */
const laneName = 'nexo-lane';
/** What the end of a transaction is answered with, and what a batch in one statement is. */
const commitAnswer = Buffer.from('COMMIT\0');
const wholeBatchAnswer = Buffer.from('INSERT 0 1\0');
/** What it is answered with when the heads have moved, or one of its messages is there already: it is decided anew then. */
const wholeBatchRefusals = [Buffer.from('C23502\0'), Buffer.from('C23505\0')];
/** What a batch in one statement begins with: it commits by itself. */
const wholeBatch = /^\s*with unchanged as/i;

export function makeCrashPoints(): CrashPoints {
  /** What is looked for, and whether no commit has been chosen for it yet. */
  let wanted: { point: CrashPoint; aboutToCommit(): void; reached(): void } | null = null;
  let isArmed = false;

  function tap(): Tap {
    const frames = postgresFrames(true);
    const commits = commitFrames();
    let isLane: boolean | undefined;
    /** The point that the commit under way on this connection was chosen for. */
    let chosen: typeof wanted = null;
    let answer: Buffer = commitAnswer;
    return (direction, bytes) => {
      if (direction === 'toSource') return answered(bytes);
      for (const { type, body, start } of frames.take(bytes)) {
        isLane ??= type === '' && body.includes(laneName);
        const expected = commits(type, body);
        if (!isLane || expected === null) continue;
        answer = expected;
        if (wanted === null || !isArmed) continue;
        chosen = wanted;
        isArmed = false;
        chosen.aboutToCommit();
        if (chosen.point !== 'before-commit') break;
        chosen.reached();
        return { pass: bytes.subarray(0, Math.max(0, start)), holdRest: true };
      }
      return { pass: bytes, holdRest: false };
    };

    function answered(bytes: Buffer) {
      // One that is not wanted any more hides nothing.
      if (chosen === null || chosen !== wanted || chosen.point === 'before-commit') return { pass: bytes, holdRest: false };
      if (answer === wholeBatchAnswer && wholeBatchRefusals.some((refusal) => bytes.includes(refusal))) {
        chosen = null;
        isArmed = true;
        return { pass: bytes, holdRest: false };
      }
      const isDone = bytes.includes(answer);
      const { point, reached } = chosen;
      if (isDone) {
        chosen = null;
        reached();
      }
      // Answers that come before the last one are swallowed as well: what the node hears must not let it guess the rest.
      if (point === 'before-publish') return { pass: Buffer.alloc(0), holdRest: isDone };
      return { pass: bytes, holdRest: false };
    }
  }

  return {
    tap,
    arm: (point, aboutToCommit) =>
      new Promise((reached) => {
        wanted = { point, aboutToCommit, reached };
        isArmed = true;
      }),
    disarm() {
      wanted = null;
      isArmed = false;
    },
  };
}

/**
 * Tells which messages of a connection make something durable, and what says that it is; null for all others. A prepared statement is
 * known by the text that it was prepared with.
 */
function commitFrames(): (type: string, body: Buffer) => Buffer | null {
  const prepared = new Set<string>();
  return (type, body) => {
    if (type === 'Q') return /^commit\b/i.test(body.toString('latin1', 0, 8)) ? commitAnswer : null;
    if (type !== 'P' && type !== 'B') return null;
    const [first = '', second = ''] = body.toString('latin1', 0, 200).split('\0');
    if (type === 'B') return prepared.has(second) ? wholeBatchAnswer : null;
    if (wholeBatch.test(second)) prepared.add(first);
    return null;
  };
}
