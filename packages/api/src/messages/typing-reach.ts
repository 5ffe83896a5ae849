import type { Db } from '@nexo/db';
import { limits } from '@nexo/shared';
import type { Clock } from '../context.ts';

/** How long a group counts as small or large without being asked again. */
const believedMs = 60_000;
/** Conversations that are remembered; beyond it the ones asked first are forgotten. */
const rememberedMax = 10_000;

/** Knows in which conversations typing is told: in those of up to `limits.typingMaxMembers` members. */
export interface TypingReach {
  isTold(conversationId: string): Promise<boolean>;
}

/** Asks the database about a conversation at most once a minute, however much is typed in it. */
export function makeTypingReach(db: Pick<Db, 'sql'>, clock: Clock): TypingReach {
  const remembered = new Map<string, { isTold: boolean; until: number }>();

  async function ask(conversationId: string): Promise<boolean> {
    const [group] = await db.sql<{ member_count: number; told: boolean }[]>`
      select member_count, members_visible_to = 'everyone' as told from groups where conversation_id = ${conversationId}`;
    // Who types is a member, which may be not for all to know.
    if (group?.told === false) return false;
    // What is not a group has two members, or one.
    return (group?.member_count ?? 2) <= limits.typingMaxMembers;
  }

  return {
    async isTold(conversationId) {
      const known = remembered.get(conversationId);
      const now = clock.now();
      if (known !== undefined && known.until > now) return known.isTold;
      const isTold = await ask(conversationId);
      remembered.delete(conversationId);
      remembered.set(conversationId, { isTold, until: now + believedMs });
      for (const oldest of remembered.keys()) {
        if (remembered.size <= rememberedMax) break;
        remembered.delete(oldest);
      }
      return isTold;
    },
  };
}
