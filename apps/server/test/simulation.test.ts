import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, openFleet } from './simulation/fleet.ts';
import { makePlan } from './simulation/plan.ts';
import { regressions } from './simulation/regressions.ts';

/** `SIMULATE_SCHEDULES` plays more, `SIMULATE_FROM` others. `npm run simulate -w @nexo/server` also makes a failing one short. */
const schedules = Number(process.env.SIMULATE_SCHEDULES ?? 10_000);
const fromSeed = Number(process.env.SIMULATE_FROM ?? 1);
const patienceMs = 20 * 60_000;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});
afterAll(() => fleet.close());

describe('the real engine against the real sync code, over a model database, bus and network', () => {
  it('keeps every promise in every story: lost and late frames, dead nodes and devices, a bus that loses, commits that come late', {
    timeout: patienceMs,
  }, async () => {
    const { failures, stories } = await fleet.run({ from: fromSeed, count: schedules });
    expect(failures).toEqual([]);
    expect(stories).toBe(schedules);
  });

  it('plays the same story for the same seed, happening by happening', { timeout: patienceMs }, async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const [once, again] = await Promise.all([fleet.play(makePlan(seed), true), fleet.play(makePlan(seed), true)]);
      expect(once.trace.length).toBeGreaterThan(100);
      expect(again.trace.join('\n') === once.trace.join('\n')).toBe(true);
    }
  });

  it.each(regressions.map(({ title, plan }) => [title, plan] as const))('%s', { timeout: patienceMs }, async (_title, plan) => {
    const { failure } = await fleet.play(plan, false);
    expect(failure).toBe(null);
  });
});
