import type { Span } from './gone.ts';

/** How many numbers above `above` the spans hold. */
export function sizeAbove(spans: readonly Span[] | undefined, above: number): number {
  return (spans ?? []).reduce((sum, { from, to }) => sum + Math.max(0, to - Math.max(from - 1, above)), 0);
}

/** The spans with one number more, ascending, neighbours joined. */
export function withNumber(spans: readonly Span[] | undefined, number: number): Span[] {
  const joined: Span[] = [];
  for (const span of [...(spans ?? []), { from: number, to: number }].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && span.from <= last.to + 1)
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else joined.push(span);
  }
  return joined;
}

/** What of the spans lies above `above`. */
export function spansAbove(spans: readonly Span[] | undefined, above: number): Span[] {
  return (spans ?? []).flatMap(({ from, to }) => (to <= above ? [] : [{ from: Math.max(from, above + 1), to }]));
}
