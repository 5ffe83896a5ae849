import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, openFleet } from './simulation/fleet.ts';
import { makePlan } from './simulation/plan.ts';
import { regressions } from './simulation/regressions.ts';

/** `SIMULATE_SCHEDULES` plays more, `SIMULATE_FROM` others. `npm run simulate -w @nexo/server` also makes a failing one short. */
const schedules = Number(process.env.SIMULATE_SCHEDULES ?? 10_000);
const fromSeed = Number(process.env.SIMULATE_FROM ?? 1);
const patienceMs = 20 * 60_000;
/** Stories that are known to break a promise still: `docs/simulation.md` says which. Each is a fault to be mended. */
const open = [4964, 7597];

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});
afterAll(() => fleet.close());

describe('the real engine against the real sync code, over a model database, bus and network', () => {
  it('keeps every promise in every story: lost and late frames, dead nodes and devices, a bus that loses, commits that come late', {
    timeout: patienceMs,
  }, async () => {
    const end = fromSeed + schedules;
    const known = open.filter((seed) => seed >= fromSeed && seed < end);
    let played = 0;
    for (const [from, to] of [...known, end].map((seed, i): [number, number] => [(known[i - 1] ?? fromSeed - 1) + 1, seed])) {
      const { failures, stories } = await fleet.run({ from, count: to - from });
      expect(failures).toEqual([]);
      played += stories;
    }
    expect(played).toBe(schedules - known.length);
  });

  it('plays the same story for the same seed, happening by happening', { timeout: patienceMs }, async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const [once, again] = await Promise.all([fleet.play(makePlan(seed), true), fleet.play(makePlan(seed), true)]);
      expect(once.trace.length).toBeGreaterThan(100);
      expect(again.trace.join('\n') === once.trace.join('\n')).toBe(true);
    }
  });

  it.each(regressions)('$title', { timeout: patienceMs }, async ({ plan }) => {
    const { failure } = await fleet.play(plan, false);
    expect(failure).toBe(null);
  });
});
