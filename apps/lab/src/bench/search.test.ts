import { expect, it } from 'vitest';
import type { LoadResult } from '../load/run-load.ts';
import { searchMaximum } from './search.ts';

/** A system that carries up to `limit` a second. */
const system = (limit: number) => {
  const asked: number[] = [];
  const runAt = async (rate: number) => {
    asked.push(rate);
    const p99 = rate <= limit ? 10_000 : 400_000;
    const measurement = { errors: {}, intended: 1_000, ack: { p99 }, delivery: { p99 } };
    return { measurement, verification: { findings: [] }, invalid: [] } as unknown as LoadResult;
  };
  return { asked, runAt };
};

it('a maximum is the highest step of ten percent that is carried, found in few runs', async () => {
  const { asked, runAt } = system(5_000);
  const { best } = await searchMaximum(1_000, 12_000, runAt);
  expect(best?.rate).toBeLessThanOrEqual(5_000);
  expect(best?.rate).toBeGreaterThan(5_000 / 1.1);
  expect(asked.length).toBeLessThanOrEqual(5);
});

it('a system that does not carry the lowest step has no maximum, and the reason is kept', async () => {
  const { best, tried } = await searchMaximum(1_000, 2_000, system(10).runAt);
  expect(best).toBeNull();
  expect(tried.at(-1)).toMatchObject({ rate: 1_000, why: 'ack p99 400 ms' });
});
