import type { Violation } from '../check/trial/violation.ts';
import type { Line } from '../history/line.ts';
import type { FaultReport } from './nemesis.ts';
import type { TrialResult } from './run-trial.ts';

/** Lines of one story that are printed at most: the first and the last ones. */
const storyMaxLines = 24;
const itemsMaxChars = 400;

export function describeTrial({ verdict, faults, convergedAfterMs }: TrialResult): string {
  const { conversations, messages, observations, lines } = verdict.checked;
  return [
    ...faults.map(describeFault),
    `checked: ${messages} messages in ${conversations} conversations, seen ${observations} times; ${lines} lines of history`,
    convergedAfterMs === null
      ? 'not everybody caught up'
      : `caught up ${(convergedAfterMs / 1_000).toFixed(1)} s after the last fault`,
    verdict.count === 0 ? 'no violation' : `${verdict.count} violations`,
  ].join('\n');
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
