import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { checkTrial, type TrialVerdict } from '../src/check/trial/check-trial.ts';
import type { RecordedTrial } from '../src/trial/record.ts';

const text = gunzipSync(readFileSync(new URL('./good-trial.json.gz', import.meta.url))).toString('utf8');

/**
 * A trial that really was, without a violation. Fresh for every test, free to be damaged. Made anew (after a change of what a
 * history holds) by `npm run check -w @nexo/lab -- --seed 2 --people 6 --rate 13 --minutes 1 --faults node-kill --record
 * apps/lab/test/good-trial.json.gz`.
 */
export function goodTrial(): RecordedTrial {
  const trial = JSON.parse(text) as RecordedTrial;
  // JSON has no infinity: a range that is open.
  for (const { stored } of trial.conversations) {
    for (const member of stored?.members ?? []) {
      Object.assign(member, { visible: member.visible.map(([from, to]) => [from, to ?? Number.POSITIVE_INFINITY]) });
    }
  }
  return trial;
}

/** Checks it as it is now. Lines are put in the order of time again, as reading them from files does. */
export function verdictOf({ devices, people, conversations }: RecordedTrial): Promise<TrialVerdict> {
  async function* each() {
    for (const one of conversations) yield { ...one, lines: [...one.lines].sort((a, b) => a.t - b.t) };
  }
  return checkTrial({ devices, people, conversations: each() });
}
