import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Latency } from './plan.ts';

const highestUs = 60_000_000;

export interface LatencyHistogram {
  record(ms: number): void;
  summary(): Latency;
}

/** A histogram of 1 µs to 60 s with three digits. */
export function latencyHistogram(): LatencyHistogram {
  const histogram = emptyHistogram();
  return {
    record(ms) {
      histogram.recordValue(Math.min(highestUs, Math.max(1, Math.round(ms * 1000))));
    },
    summary: () => summarise(histogram),
  };
}

/** All of them as one. */
export function mergeLatencies(latencies: readonly Latency[]): Latency {
  const histogram = emptyHistogram();
  for (const { count, raw } of latencies) if (count > 0) histogram.add(decodeFromCompressedBase64(raw) as Histogram);
  return summarise(histogram);
}

function emptyHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: highestUs, numberOfSignificantValueDigits: 3 });
}

function summarise(histogram: Histogram): Latency {
  return {
    count: histogram.totalCount,
    p50: histogram.getValueAtPercentile(50),
    p90: histogram.getValueAtPercentile(90),
    p99: histogram.getValueAtPercentile(99),
    p999: histogram.getValueAtPercentile(99.9),
    max: histogram.maxValue,
    raw: encodeIntoCompressedBase64(histogram),
  };
}
