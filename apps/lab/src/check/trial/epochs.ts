import { type ConversationLine, type DeviceLine, type Line, type NemesisLine, userOf } from '../../history/line.ts';
import type { Violations } from './violation.ts';

/**
 * A backup was restored in the middle of a trial. What was acknowledged or seen between the backup and the moment at which a device
 * learns of the new epoch belongs to a time that never was: no promise holds of it, but that nobody goes on showing it. What was sent
 * then and is in an outbox still is sent again, so the wish to send it stays.
 */
export interface Epochs {
  /** The lines that still count, each life cut in two where it learnt of the new epoch. */
  keep<L extends ConversationLine | DeviceLine | NemesisLine>(lines: readonly L[]): L[];
}

/** Null: nothing was restored. I19: every device that was there at the end has learnt of the new epoch. */
export function readEpochs(lines: readonly (DeviceLine | NemesisLine)[], found: Violations): Epochs | null {
  const restored = lines.findLast((line) => line.op === 'restored');
  if (restored === undefined) return null;
  const learntAt = new Map<string, number>();
  for (const line of lines) {
    // Who begins with nothing after that knows only the new one, from the first word on.
    const isFresh = line.op === 'life' && line.event === 'begins' && line.storage === 'empty' && line.t >= restored.t;
    const isNew = line.op === 'life' && line.event === 'epoch' && line.epoch === restored.epoch;
    if ((isNew || isFresh) && !learntAt.has(line.by)) learntAt.set(line.by, line.t);
    // Who begins with what is stored of the new epoch has nothing to learn.
    if (line.op === 'endDevice' && !learntAt.has(line.by) && !hasLearntBefore(line.by, learntAt)) {
      found.add('I19', null, `${line.by} has not learnt that a backup was restored`, [restored, line]);
    }
  }
  const isLost = (line: Line) => line.t >= restored.lostFrom && line.t < (isOfEngine(line) ? learnt(line.by) : restored.t);

  function learnt(by: string): number {
    return learntAt.get(by) ?? (hasLearntBefore(by, learntAt) ? 0 : Number.POSITIVE_INFINITY);
  }

  return {
    keep(all) {
      const gone = lostSends(all, isLost);
      return all.flatMap((line) => {
        if (line.by === 'nemesis') return [line];
        // A signal may be lost, and one that is half in the lost time tells nothing.
        if (line.op === 'typing') return [];
        // All that is known of a send but its answer.
        const isSend = line.op === 'send' && line.phase !== 'ok' && line.phase !== 'silent';
        const isWish = isSend || (line.op === 'act' && line.phase === 'invoke');
        if (line.op === 'send' && gone.has(`${userOf(line.by)} ${line.id}`) && isWish) return [];
        if (isLost(line)) return isWish || (line.op === 'life' && line.event === 'ends') ? [line] : [];
        return line.t >= restored.t && line.t >= learnt(line.by) ? [{ ...line, by: `${line.by}+` }] : [line];
      });
    },
  };
}

/** What an engine was told and shows is of the old epoch until it learns of the new one; whoever is answered, by which server. */
function isOfEngine({ op }: Line): boolean {
  return op === 'received' || op === 'repair' || op === 'applied' || op === 'position' || op === 'shown';
}

/** What was acknowledged in the lost time and never again is lost with it. */
function lostSends(lines: readonly Line[], isLost: (line: Line) => boolean): Set<string> {
  const lost = new Set<string>();
  const again = new Set<string>();
  for (const line of lines) {
    if (line.op !== 'send' || line.phase !== 'ok') continue;
    (isLost(line) ? lost : again).add(`${userOf(line.by)} ${line.id}`);
  }
  for (const key of again) lost.delete(key);
  return lost;
}

/** An earlier life of the same device has learnt of it, and what it has stored is of the new epoch. */
function hasLearntBefore(by: string, learntAt: ReadonlyMap<string, number>): boolean {
  const [device, life] = by.split('#');
  for (let earlier = Number(life) - 1; earlier > 0; earlier--) if (learntAt.has(`${device}#${earlier}`)) return true;
  return false;
}
