import { describe, expect, it } from 'vitest';
import { groupCorruptions } from './group-corruptions.ts';
import { lifeCorruptions } from './life-corruptions.ts';
import { messageCorruptions } from './message-corruptions.ts';
import { orderCorruptions } from './order-corruptions.ts';
import { middleText, places, seek, set } from './planting.ts';
import { goodTrial, verdictOf } from './recorded-trial.ts';
import { stateCorruptions } from './state-corruptions.ts';

const corruptions = [...messageCorruptions, ...orderCorruptions, ...stateCorruptions, ...lifeCorruptions, ...groupCorruptions];

describe('the checker of a trial', () => {
  it('finds nothing in a trial that was good, and has looked at a lot', async () => {
    const { violations, checked } = await verdictOf(goodTrial());
    expect(violations).toEqual([]);
    expect(checked.messages).toBeGreaterThan(50);
    expect(checked.observations).toBeGreaterThan(1_000);
  });

  it.each(corruptions)('finds %s (%s)', async (_title, invariant, corrupt) => {
    const trial = goodTrial();
    corrupt(trial);
    const { violations } = await verdictOf(trial);
    expect(violations.map((violation) => violation.invariant)).toContain(invariant);
  });

  it('does not blame the system for a time in which the devices themselves stood still', async () => {
    const refusedAfter = 4_000;
    const verdicts = [10_000_000, 100_000].map(async (stalledAgo) => {
      const trial = goodTrial();
      const { place, found } = seek(trial, middleText);
      const t = (place.lines[0]?.t ?? 0) - 10_000_000;
      const { by, in: conversation } = found.ok;
      const refusal = { op: 'send', phase: 'fail', id: 'refused', code: 'OVERLOADED', retryable: true } as const;
      place.lines.push({ t, by, in: conversation, ...refusal, ms: refusedAfter });
      trial.devices.push({ t: t - stalledAgo, by: 'nemesis', op: 'stalled', ms: 500 });
      return (await verdictOf(trial)).violations.map((violation) => violation.invariant);
    });
    expect(await Promise.all(verdicts)).toEqual([['I24'], []]);
  });

  it('does not blame the system for a late refusal while it works off what a fault has left behind, but does afterwards', async () => {
    const verdicts = [4_000_000, 6_000_000].map(async (healedAgo) => {
      const trial = goodTrial();
      const { place, found } = seek(trial, middleText);
      const t = (place.lines[0]?.t ?? 0) - 10_000_000;
      const { by, in: conversation } = found.ok;
      const refusal = { op: 'send', phase: 'fail', id: 'refused', code: 'OVERLOADED', retryable: true } as const;
      place.lines.push({ t, by, in: conversation, ...refusal, ms: 3_000 });
      const fault = { by: 'nemesis', op: 'fault', fault: 'redis-kill', detail: 'Redis' } as const;
      const healedAt = t - 3_000_000 - healedAgo;
      trial.devices.push({ t: healedAt - 1_000_000, ...fault, event: 'strikes' }, { t: healedAt, ...fault, event: 'healed' });
      return (await verdictOf(trial)).violations.map((violation) => violation.invariant);
    });
    expect(await Promise.all(verdicts)).toEqual([[], ['I24']]);
  });

  it('tells each violation with lines of the history in the order of time', async () => {
    const trial = goodTrial();
    const { found } = seek(trial, middleText);
    set(found.ok, { change: 1 });
    const { violations } = await verdictOf(trial);
    const [violation] = violations;
    expect(violation?.story.map(({ op }) => op)).toEqual(['send', 'send']);
    expect(violation?.story[0]?.t).toBeLessThan(violation?.story[1]?.t ?? 0);
    expect(violation?.stored.join()).toContain(found.row.id);
  });

  it('stops telling at a bound, and counts on', async () => {
    const trial = goodTrial();
    for (const { stored } of places(trial)) for (const row of stored.messages) set(row, { digest: 'altered' });
    const { violations, count } = await verdictOf(trial);
    expect(violations.length).toBeLessThan(count);
    expect(violations.filter(({ invariant }) => invariant === 'I4')).toHaveLength(10);
  });
});
