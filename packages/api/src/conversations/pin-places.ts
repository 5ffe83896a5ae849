/** A pinned chat and its place: the lower, the higher up it stands. */
export interface Pinned {
  id: string;
  place: number;
}

/**
 * A place behind the pinned chat `after`, before the next one; null, or one that is not pinned: above all. `others` ascend by
 * place. As a rule nobody else moves; only where no number is left between two neighbours all get new ones.
 */
export function placeAfter(others: readonly Pinned[], after: string | null): { place: number; moved: readonly Pinned[] } {
  const index = others.findIndex(({ id }) => id === after);
  const before = others[index]?.place;
  const next = others[index + 1]?.place;
  if (before === undefined) return { place: (next ?? 1) - 1, moved: [] };
  if (next === undefined) return { place: before + 1, moved: [] };
  const place = (before + next) / 2;
  if (place > before && place < next) return { place, moved: [] };
  return {
    place: index + 1,
    moved: others.map(({ id }, i) => ({ id, place: i <= index ? i : i + 1 })),
  };
}
