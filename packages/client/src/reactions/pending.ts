import type { ReactionView } from '@nexo/shared';
import { putReaction } from '../reducer/versions.ts';

/** Own reactions on their way: by seq, how each kind is to be. */
export type PendingReactions = ReadonlyMap<number, ReadonlyMap<string, boolean>>;

/** What a message shows while own reactions to it are on their way; the very same object when none is. */
export function withPending(
  reactions: readonly ReactionView[] | undefined,
  pending: ReadonlyMap<string, boolean> | undefined,
  myId: string | undefined,
): readonly ReactionView[] | undefined {
  if (pending === undefined || myId === undefined) return reactions;
  let shown: readonly ReactionView[] = reactions ?? [];
  for (const [emoji, on] of pending) {
    const kind = shown.find((other) => other.emoji === emoji) ?? { emoji, count: 0, userIds: [] };
    if (kind.userIds.includes(myId) === on) continue;
    const userIds = on ? [...kind.userIds, myId] : kind.userIds.filter((id) => id !== myId);
    shown = putReaction(shown, { emoji, count: Math.max(0, kind.count + (on ? 1 : -1)), userIds });
  }
  return shown.length === 0 ? undefined : shown;
}
