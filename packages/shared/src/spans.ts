import type { Span } from './gone.ts';

/** How many numbers above `above`, and not above `upTo`, the spans hold. */
export function sizeBetween(spans: readonly Span[] | undefined, above: number, upTo: number): number {
  return (spans ?? []).reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, upTo) - Math.max(from - 1, above)), 0);
}

/** All numbers of both, as spans: ascending, neighbours joined. */
export function joinSpans(a: readonly Span[] | undefined, b: readonly Span[] | undefined): Span[] {
  const joined: Span[] = [];
  for (const span of [...(a ?? []), ...(b ?? [])].sort((x, y) => x.from - y.from)) {
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
