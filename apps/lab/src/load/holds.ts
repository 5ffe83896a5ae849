import type { LoadResult } from './run-load.ts';

/** Up to which latencies a rate counts as carried, in milliseconds (p99). */
export interface Bounds {
  ackP99Ms: number;
  deliveryP99Ms: number;
}

/** As `docs/performance.md` says. */
export const usualBounds: Bounds = { ackP99Ms: 50, deliveryP99Ms: 100 };

/** Whether a rate was carried: correct, answered within the bounds, without refusals, and by a generator that can be believed. */
export function holds(run: LoadResult, bounds: Bounds = usualBounds): boolean {
  return whyNotCarried(run, bounds) === null;
}

/** Why a rate does not count as carried; null when it does. */
export function whyNotCarried({ measurement, verification, invalid }: LoadResult, bounds: Bounds): string | null {
  const errors = Object.values(measurement.errors).reduce((sum, count) => sum + count, 0);
  const { ack, delivery, intended } = measurement;
  if (verification.findings.length > 0) return 'not correct';
  if (errors >= Math.max(1, intended / 1000)) return `${errors} of ${intended} failed`;
  if (ack.p99 > bounds.ackP99Ms * 1000) return `ack p99 ${Math.round(ack.p99 / 1000)} ms`;
  if (delivery.p99 > bounds.deliveryP99Ms * 1000) return `delivery p99 ${Math.round(delivery.p99 / 1000)} ms`;
  return invalid[0] ?? null;
}
