import { isMuted, type Muted } from '@nexo/shared';
import { untilWords } from '../lib/until-words.ts';

/** What a muted chat says of itself; undefined when it is not muted (any more). */
export function mutedWords(muted: Muted | undefined, now: number): string | undefined {
  if (!isMuted(muted, now)) return undefined;
  const words = muted.mode === 'mentions' ? 'Muted except mentions' : 'Muted';
  return muted.untilAt === null ? words : `${words} ${untilWords(muted.untilAt, now)}`;
}
