import type { Db } from '@nexo/db';
import { limits } from '@nexo/shared';
import type { Bus, BusMessage } from '../bus.ts';
import { readPeerStanding, refusalToWrite } from '../contacts/peer-standing.ts';
import type { Clock } from '../context.ts';

/** How long an answer is believed without asking again. */
const believedMs = 60_000;
/** Answers that are remembered; beyond it the ones asked first are forgotten. */
const rememberedMax = 10_000;

/** After these of one of the two, who may write to whom in a direct conversation may be different. */
const telling = new Set(['me.block', 'me.contact', 'me.profile']);

/**
 * Knows who is told that somebody types: the members of conversations of up to `limits.typingMaxMembers`, and in a direct one the other,
 * if the one who types may write to them.
 */
export interface TypingReach {
  isTold(conversationId: string, userId: string): Promise<boolean>;
  /** Whether something is remembered, or being asked, that a private change of this user may make untrue. */
  hangsOn(userId: string): boolean;
  /** The user, or without one anybody, may have changed something of which the bus did not tell. */
  distrust(userId?: string): void;
  /** Stops hearing of changes. */
  close(): void;
}

interface Answer {
  isTold: boolean;
  until: number;
  /** Both people of a direct conversation. */
  between: readonly string[];
}

/** Asks the database about one person in one conversation at most once a minute, however much they type, and after a block at once. */
export function makeTypingReach(db: Pick<Db, 'sql'>, clock: Clock, bus: Pick<Bus, 'subscribe'>): TypingReach {
  const remembered = new Map<string, Answer>();
  /** Keys of the answers that hang on a user. */
  const keysOf = new Map<string, Set<string>>();
  /** Answers under way, and how often one may have become untrue: what was asked before and comes after is not to be believed. */
  let asking = 0;
  let doubts = 0;

  async function ask(conversationId: string, userId: string): Promise<Omit<Answer, 'until'>> {
    const [group] = await db.sql<{ member_count: number; told: boolean }[]>`
      select member_count, members_visible_to = 'everyone' as told from groups where conversation_id = ${conversationId}`;
    // Who types is a member, which may be not for all to know.
    if (group !== undefined) return { isTold: group.told && group.member_count <= limits.typingMaxMembers, between: [] };
    const peer = await readPeerStanding(db.sql, conversationId, userId);
    if (peer === null) return { isTold: true, between: [] };
    return { isTold: refusalToWrite(peer.standing) === null, between: [userId, peer.peerId] };
  }

  function remember(key: string, answer: Answer): void {
    forget(key);
    remembered.set(key, answer);
    for (const userId of answer.between) {
      const keys = keysOf.get(userId) ?? new Set();
      keysOf.set(userId, keys.add(key));
    }
    for (const oldest of remembered.keys()) {
      if (remembered.size <= rememberedMax) break;
      forget(oldest);
    }
  }

  function forget(key: string): void {
    for (const userId of remembered.get(key)?.between ?? []) {
      const keys = keysOf.get(userId);
      keys?.delete(key);
      if (keys?.size === 0) keysOf.delete(userId);
    }
    remembered.delete(key);
  }

  function distrust(userId: string): void {
    doubts++;
    for (const key of [...(keysOf.get(userId) ?? [])]) forget(key);
  }

  function hear(messages: readonly BusMessage[]): void {
    for (const message of messages) {
      if (message.kind !== 'user' || !message.events.some((event) => telling.has(event.type))) continue;
      distrust(message.userId);
    }
  }

  const hangsOn = (userId: string) => asking > 0 || keysOf.has(userId);
  const stopHearing = bus.subscribe(hear, ({ kind, id }) => kind === 'user' && hangsOn(id));

  return {
    async isTold(conversationId, userId) {
      const key = `${conversationId} ${userId}`;
      const known = remembered.get(key);
      const now = clock.now();
      if (known !== undefined && known.until > now) return known.isTold;
      const doubtsBefore = doubts;
      asking++;
      try {
        const answer = await ask(conversationId, userId);
        if (doubts === doubtsBefore) remember(key, { ...answer, until: now + believedMs });
        return answer.isTold;
      } finally {
        asking--;
      }
    },
    hangsOn,
    distrust(userId) {
      doubts++;
      for (const id of userId === undefined ? [...keysOf.keys()] : [userId]) distrust(id);
    },
    close: stopHearing,
  };
}
