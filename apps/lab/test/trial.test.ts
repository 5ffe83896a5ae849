import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { FaultName } from '../src/faults/table.ts';
import { planFaults } from '../src/trial/nemesis.ts';
import { planMoves } from '../src/trial/plan.ts';
import { describeTrial, describeViolation, isGood } from '../src/trial/report.ts';
import { runTrial } from '../src/trial/run-trial.ts';

const faults: FaultName[] = [
  'node-kill',
  'node-stop',
  'crash-before-commit',
  'crash-before-publish',
  'crash-before-ack',
  'postgres-immediate',
  'postgres-freeze',
  'postgres-kill-backend',
  'redis-kill',
  'redis-pause',
  'half-open',
  'cut-all',
  'client-clock',
];

it('people talk at random while every kind of process dies and stands still: nothing of what was promised is broken', async () => {
  const said: string[] = [];
  const result = await runTrial({
    ...{ seed: 4, durationMs: 15_000, nodes: 2, people: 5, rate: 14, faults, atOnce: 1, processes: 1, code: 'bundle' },
    faultLastsMaxMs: 800,
    log: (line) => said.push(line),
  });
  const violations = result.verdict.violations.map((violation) => describeViolation(violation, result.beganAt));
  expect(violations, said.join('\n')).toEqual([]);
  expect(isGood(result), describeTrial(result)).toBe(true);
  expect(result.faults.map(({ fault }) => fault).sort()).toEqual(expect.arrayContaining([...faults].sort()));
  expect(result.verdict.checked.messages).toBeGreaterThan(50);
  rmSync(result.historyFolder, { recursive: true, force: true });
}, 300_000);

it('the same seed is the same plan of moves and faults, another seed another', () => {
  expect(planMoves(7, 5, 60_000, 20)).toEqual(planMoves(7, 5, 60_000, 20));
  expect(planMoves(7, 5, 60_000, 20)).not.toEqual(planMoves(8, 5, 60_000, 20));
  expect(planFaults(7, faults, 60_000, 2)).toEqual(planFaults(7, faults, 60_000, 2));
  expect(planFaults(7, faults, 60_000, 2)).not.toEqual(planFaults(8, faults, 60_000, 2));
});

it('every fault strikes at least once, however short the trial is', () => {
  const planned = planFaults(1, faults, 1_000, 1);
  expect(new Set(planned.map(({ fault }) => fault))).toEqual(new Set(faults));
});
