import { expect, it } from 'vitest';
import { openFleet } from './simulation/fleet.ts';
import { guards } from './simulation/mutations.ts';

const patienceMs = 20 * 60_000;

it.each(guards)(
  'the stories notice within $foundWithin when it does not hold that $title',
  { timeout: patienceMs },
  async ({ mutations, foundWithin }) => {
    const fleet = await openFleet(mutations);
    try {
      const { failures } = await fleet.run({ from: 1, count: foundWithin });
      expect(failures.length).toBeGreaterThan(0);
    } finally {
      await fleet.close();
    }
  },
);
