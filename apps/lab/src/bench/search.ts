import { type Bounds, usualBounds, whyNotCarried } from '../load/holds.ts';
import type { LoadResult } from '../load/run-load.ts';

export interface SearchResult {
  /** The highest rate that was carried; null when not even the lowest was. */
  best: { rate: number; run: LoadResult } | null;
  /** `why`: not carried because of this; null when it was. */
  tried: { rate: number; why: string | null; run: LoadResult }[];
}

const step = 1.1;

/**
 * The highest rate of a ladder of steps of 10 % between `from` and `to` that is carried, by halving: whoever carries a rate
 * carries the lower ones.
 */
export async function searchMaximum(
  from: number,
  to: number,
  runAt: (rate: number) => Promise<LoadResult>,
  bounds: Bounds = usualBounds,
): Promise<SearchResult> {
  const rates = [Math.max(1, Math.round(from))];
  while ((rates.at(-1) ?? to) * step < to) rates.push(Math.max((rates.at(-1) ?? 0) + 1, Math.round((rates.at(-1) ?? 0) * step)));
  const result: SearchResult = { best: null, tried: [] };
  let low = 0;
  let high = rates.length - 1;
  while (low <= high) {
    const middle = Math.ceil((low + high) / 2);
    const rate = rates[middle] ?? from;
    const run = await runAt(rate);
    const why = whyNotCarried(run, bounds);
    result.tried.push({ rate, why, run });
    if (why === null) {
      result.best = { rate, run };
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return result;
}
