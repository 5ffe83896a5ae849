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
const commitAnswer = Buffer.from('COMMIT\0');

export function makeCrashPoints(): CrashPoints {
  let armed: { point: CrashPoint; aboutToCommit(): void; reached(): void } | null = null;

  function tap(): Tap {
    const frames = postgresFrames(true);
    let isLane: boolean | undefined;
    /** The point that the commit under way on this connection was chosen for. */
    let chosen: NonNullable<typeof armed> | null = null;
    return (direction, bytes) => {
      if (direction === 'toSource') return answered(bytes);
      for (const { type, body, start } of frames.take(bytes)) {
        isLane ??= type === '' && body.includes(laneName);
        const isCommit = type === 'Q' && /^commit\b/i.test(body.toString('latin1', 0, 8));
        if (!isLane || !isCommit || armed === null) continue;
        chosen = armed;
        armed = null;
        chosen.aboutToCommit();
        if (chosen.point !== 'before-commit') break;
        chosen.reached();
        return { pass: bytes.subarray(0, Math.max(0, start)), holdRest: true };
      }
      return { pass: bytes, holdRest: false };
    };

    function answered(bytes: Buffer) {
      if (chosen === null || chosen.point === 'before-commit') return { pass: bytes, holdRest: false };
      const isDone = bytes.includes(commitAnswer);
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
        armed = { point, aboutToCommit, reached };
      }),
    disarm() {
      armed = null;
    },
  };
}
