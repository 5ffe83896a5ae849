import type { Violation } from '../check/trial/violation.ts';
import type { Line } from '../history/line.ts';
import type { FaultReport } from './nemesis.ts';
import type { TrialResult } from './run-trial.ts';

/** Lines of one story that are printed at most: the first and the last ones. */
const storyMaxLines = 24;
const itemsMaxChars = 400;
const laggardsMax = 20;
const outputMaxChars = 3_000;

export function describeTrial({ verdict, faults, convergedAfterMs, laggards, crashes, resources, done }: TrialResult): string {
  const { conversations, messages, observations, lines } = verdict.checked;
  const { before, after, excess } = resources;
  const moves = Object.entries(done).sort(([, a], [, b]) => b - a);
  return [
    ...faults.map(describeFault),
    `done: ${moves.map(([name, count]) => `${name} ${count}`).join(', ')}`,
    `checked: ${messages} messages in ${conversations} conversations, seen ${observations} times; ${lines} lines of history`,
    convergedAfterMs === null
      ? 'not everybody caught up'
      : `caught up ${(convergedAfterMs / 1_000).toFixed(1)} s after the last fault`,
    `nodes before → after: ${before.residentMiB.toFixed(0)} → ${after.residentMiB.toFixed(0)} MiB in the largest, ${before.fileDescriptors} → ${after.fileDescriptors} open files, ${before.strayedSockets} → ${after.strayedSockets} sockets without a road, ${before.postgresConnections} → ${after.postgresConnections} connections to Postgres`,
    ...excess.map((what) => `I22: ${what}`),
    ...laggards.slice(0, laggardsMax).map(({ what, conversation }) => `I17: ${what} (conversation ${conversation})`),
    ...crashes.map(({ node, code, output }) => `node ${node} ended by itself with ${code}:\n${output.slice(-outputMaxChars)}`),
    isGood({ verdict, laggards, crashes, resources, faults })
      ? 'no violation'
      : `${verdict.count + laggards.length + excess.length + crashes.length} violations`,
  ].join('\n');
}

type Judged = Pick<TrialResult, 'verdict' | 'laggards' | 'crashes' | 'resources' | 'faults'>;

/** Whether nothing was wrong, and every fault has struck. */
export function isGood({ verdict, laggards, crashes, resources, faults }: Judged): boolean {
  const haveStruck = faults.every(({ nothing, idle }) => nothing === null || idle);
  return verdict.count + laggards.length + crashes.length === 0 && resources.excess.length === 0 && haveStruck;
}

function describeFault({ fault, struckAtMs, healedAtMs, detail, nothing, idle }: FaultReport): string {
  const when = `${(struckAtMs / 1_000).toFixed(1)}–${(healedAtMs / 1_000).toFixed(1)} s`;
  const failure = nothing === null ? '' : idle ? ` (nothing to hit: ${nothing})` : ` DID NOTHING: ${nothing}`;
  return `fault ${fault}, ${when}: ${detail}${failure}`;
}

/** A violation as a story: what happened, in the order of time, in seconds from the beginning. */
export function describeViolation({ invariant, conversation, what, story, stored }: Violation, beganAt: number): string {
  const left = story.length - storyMaxLines;
  const shown = left <= 0 ? story : [...story.slice(0, storyMaxLines / 2), null, ...story.slice(-storyMaxLines / 2)];
  return [
    `${invariant}: ${what}${conversation === null ? '' : ` (conversation ${conversation})`}`,
    ...shown.map((line) => (line === null ? `    … ${left} lines …` : `    ${describeLine(line, beganAt)}`)),
    ...stored.map((fact) => `    in the database: ${fact}`),
  ].join('\n');
}

function describeLine(line: Line, beganAt: number): string {
  const { t, by, op, ...rest } = line;
  const { in: _conversation, ...facts } = rest as Record<string, unknown>;
  const told = Object.entries(facts).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  const text = told.join(', ');
  return `${((t - beganAt) / 1e6).toFixed(3).padStart(8)} s  ${by}  ${op}  ${text.length > itemsMaxChars ? `${text.slice(0, itemsMaxChars)}…` : text}`;
}
