import type { Db } from '@nexo/db';
import { limits } from '@nexo/shared';
import type { Bus, BusMessage } from '../bus.ts';
import { readPeerStanding, refusalToWrite } from '../contacts/peer-standing.ts';
import type { Clock } from '../context.ts';
import { refusedByGroup } from './group-standing.ts';
import { readStanding } from './read-standing.ts';

/** How long an answer is believed without asking again. */
const believedMs = 60_000;
/** Answers that are remembered; beyond it the ones asked first are forgotten. */
const rememberedMax = 10_000;

/** After these of one of the two, who may write to whom in a direct conversation may be different; after these of a group, there. */
const telling = new Set(['me.block', 'me.contact', 'me.profile', 'member.updated', 'group.updated', 'group.dismissed']);

/**
 * Knows who is told that somebody types: the members of groups of up to `limits.typingMaxMembers`, if the one who types may write there,
 * and in a direct conversation the other, if they may write to them.
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
  /** What it hangs on: the group, or both people of a direct conversation. */
  hangsOn: readonly string[];
}

/** Asks the database about one person in one conversation at most once a minute, however much they type, and after a block or a muting at once. */
export function makeTypingReach(db: Pick<Db, 'sql'>, clock: Clock, bus: Pick<Bus, 'subscribe'>): TypingReach {
  const remembered = new Map<string, Answer>();
  /** Keys of the answers that hang on a user or a group. */
  const keysOf = new Map<string, Set<string>>();
  /** Answers under way, and how often one may have become untrue: what was asked before and comes after is not to be believed. */
  let asking = 0;
  let doubts = 0;

  async function ask(conversationId: string, userId: string, now: number): Promise<Answer> {
    const until = now + believedMs;
    const [group] = await db.sql<{ member_count: number; told: boolean }[]>`
      select member_count, members_visible_to = 'everyone' as told from groups where conversation_id = ${conversationId}`;
    if (group !== undefined) {
      const hangsOn = [conversationId];
      // Who types is a member, which may be not for all to know.
      if (!group.told || group.member_count > limits.typingMaxMembers) return { isTold: false, until, hangsOn };
      const standing = await readStanding(db.sql, conversationId, userId);
      const isTold = refusedByGroup(userId, standing, now) === null;
      const freeAt = Math.max(now, standing?.mutedUntil ?? now);
      return { isTold, until: isTold ? until : Math.min(until, freeAt), hangsOn };
    }
    const peer = await readPeerStanding(db.sql, conversationId, userId);
    if (peer === null) return { isTold: true, until, hangsOn: [] };
    return { isTold: refusalToWrite(peer.standing) === null, until, hangsOn: [userId, peer.peerId] };
  }

  function remember(key: string, answer: Answer): void {
    forget(key);
    remembered.set(key, answer);
    for (const id of answer.hangsOn) {
      const keys = keysOf.get(id) ?? new Set();
      keysOf.set(id, keys.add(key));
    }
    for (const oldest of remembered.keys()) {
      if (remembered.size <= rememberedMax) break;
      forget(oldest);
    }
  }

  function forget(key: string): void {
    for (const id of remembered.get(key)?.hangsOn ?? []) {
      const keys = keysOf.get(id);
      keys?.delete(key);
      if (keys?.size === 0) keysOf.delete(id);
    }
    remembered.delete(key);
  }

  function distrust(id: string): void {
    doubts++;
    for (const key of [...(keysOf.get(id) ?? [])]) forget(key);
  }

  function hear(messages: readonly BusMessage[]): void {
    for (const message of messages) {
      if (message.kind !== 'user' && message.kind !== 'conversation') continue;
      if (!message.events.some((event) => telling.has(event.type))) continue;
      distrust(message.kind === 'user' ? message.userId : message.conversationId);
    }
  }

  const hangsOn = (id: string) => asking > 0 || keysOf.has(id);
  const stopHearing = bus.subscribe(hear, ({ kind, id }) => (kind === 'user' || kind === 'conversation') && hangsOn(id));

  return {
    async isTold(conversationId, userId) {
      const key = `${conversationId} ${userId}`;
      const known = remembered.get(key);
      const now = clock.now();
      if (known !== undefined && known.until > now) return known.isTold;
      const doubtsBefore = doubts;
      asking++;
      try {
        const answer = await ask(conversationId, userId, now);
        if (doubts === doubtsBefore) remember(key, answer);
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
