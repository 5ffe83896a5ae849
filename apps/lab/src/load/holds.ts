import type { LoadResult } from './run-load.ts';

/** Up to which latencies a rate counts as carried, in milliseconds (p99). */
export interface Bounds {
  ackP99Ms: number;
  deliveryP99Ms: number;
}

/** As `docs/performance.md` says. */
export const usualBounds: Bounds = { ackP99Ms: 50, deliveryP99Ms: 100 };

/** Whether a rate was carried: correct, answered within the bounds, without refusals, and by a generator that can be believed. */
export function holds({ measurement, verification, invalid }: LoadResult, bounds: Bounds = usualBounds): boolean {
  const errors = Object.values(measurement.errors).reduce((sum, count) => sum + count, 0);
  return (
    verification.findings.length === 0 &&
    invalid.length === 0 &&
    errors < measurement.intended / 1000 &&
    measurement.ack.p99 <= bounds.ackP99Ms * 1000 &&
    measurement.delivery.p99 <= bounds.deliveryP99Ms * 1000
  );
}
