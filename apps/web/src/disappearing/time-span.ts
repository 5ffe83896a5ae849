const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A time as people say it, in its largest unit: 30 s, 5 min, 2 h, 7 d. Never less than a second. */
export function timeSpan(ms: number): string {
  const [unit, size] = units.find(([, size]) => ms >= size) ?? ['s', 1_000];
  return `${Math.max(1, Math.round(ms / size))} ${unit}`;
}

/** What is left of a time. A second that has begun counts: of seven seconds the first is the seventh, and the last ends with the time. */
export function timeLeft(ms: number): string {
  return timeSpan(Math.ceil(ms / 1_000) * 1_000);
}
