/** Whether a message with this seq may be read. The ranges of what a member may read go up to, not including, `to`; null has no end. */
export function isWithin(visible: readonly { from: number; to: number | null }[], seq: number): boolean {
  return visible.some(({ from, to }) => seq >= from && (to === null || seq < to));
}
