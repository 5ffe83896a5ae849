import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Latency } from './plan.ts';

const highestUs = 60_000_000;

/** A histogram of 1 µs to 60 s with three digits. */
export function latencyHistogram(): { record(ms: number): void; summary(): Latency } {
  const histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestUs,
    numberOfSignificantValueDigits: 3,
  });
  return {
    record(ms) {
      histogram.recordValue(Math.min(highestUs, Math.max(1, Math.round(ms * 1000))));
    },
    summary: () => ({
      count: histogram.totalCount,
      p50: histogram.getValueAtPercentile(50),
      p90: histogram.getValueAtPercentile(90),
      p99: histogram.getValueAtPercentile(99),
      p999: histogram.getValueAtPercentile(99.9),
      max: histogram.maxValue,
      raw: encodeIntoCompressedBase64(histogram),
    }),
  };
}
