import type { Figure, LatencyRow } from './workload.ts';

/** A value as people read it: thousands grouped, small ones with digits. */
export function formatValue(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = value.toLocaleString('en', { maximumFractionDigits: digits });
  if (unit === '') return text;
  return unit.startsWith('/') ? `${text}${unit}` : `${text} ${unit}`;
}

export function formatMs(us: number): string {
  return (us / 1000).toFixed(us < 10_000 ? 2 : 1);
}

/** The middle one, and how far they lie apart. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** For the terminal. */
export function describeFigures(figures: readonly Figure[], latencies: readonly LatencyRow[]): string {
  const lines = figures.map(({ name, unit, value }) => `  ${name.padEnd(60)} ${formatValue(value, unit).padStart(16)}`);
  if (latencies.length > 0) {
    lines.push(
      `  ${'ms from the intended moment'.padEnd(60)} ${['p50', 'p90', 'p99', 'p99.9', 'max'].map((n) => n.padStart(9)).join('')}`,
    );
    for (const { name, p50, p90, p99, p999, max } of latencies) {
      lines.push(`  ${name.padEnd(60)} ${[p50, p90, p99, p999, max].map((us) => formatMs(us).padStart(9)).join('')}`);
    }
  }
  return lines.join('\n');
}
