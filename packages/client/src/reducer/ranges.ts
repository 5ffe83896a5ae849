import type { MyMembership } from '@nexo/shared';

/** Whether a message with this seq may be read; ranges go up to, not including, `to`. */
export function isWithin(visible: MyMembership['visible'], seq: number): boolean {
  return visible.some(({ from, to }) => seq >= from && (to === null || seq < to));
}
