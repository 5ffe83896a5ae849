import type { Disappearing } from '@nexo/shared';
import { type Counters, type Decision, type Facts, memberKey, refusalOfMember, type Send } from './decide.ts';
import type { GroupStanding } from './group-standing.ts';

/** Conversations that a lane remembers; those in which nothing was said for longest are forgotten. */
const conversationsMax = 8_192;
/** Senders of one conversation that are remembered. */
const sendersMax = 256;

/** All that the rules ask about one sender in one conversation. */
interface KnownSender {
  /**
   * Was a member, and nobody kept them from writing. Of who was kept from it nothing is believed: they may be let by what moves no
   * number.
   */
  mayWrite: boolean;
  /** Undefined where it is no group. What it says of the time and of who is spoken to is asked at each send. */
  group: GroupStanding | undefined;
}

/** A conversation as this lane left it, or as it found it under the lock. */
interface Known {
  counters: Counters;
  /** How messages disappear. */
  lifetime: Disappearing | undefined;
  /** How they stood then, of those that asked. */
  senders: Map<string, KnownSender>;
  /** It was last found as it had been left: others have not been at work in it in between. */
  isUndisturbed: boolean;
}

/**
 * What a lane knows of the conversations in which it last wrote. Whatever takes the right to send in a conversation away, and whatever
 * else the rules of sending ask for, moves the `change` of its head, or its `untold`; nothing else may be kept here. So what is known
 * holds as long as the head still says the same numbers; and whether it does is asked of the database, with the write itself
 * (`writeUnchanged`).
 */
export class KnownConversations {
  readonly #known = new Map<string, Known>();
  #connection = 0;

  /**
   * Forgets everything when it was learned over an earlier connection: in a database that was put back to a backup a number comes a
   * second time, and means something else.
   */
  holdsFor(connection: number): void {
    if (connection !== this.#connection) this.#known.clear();
    this.#connection = connection;
  }

  /**
   * The facts for these sends, if they are known; null when one of them must be looked up, like a message that is quoted. Who sends the
   * same `clientMessageId` again is found by its unique key, so nothing is known of that.
   */
  factsOf(sends: readonly Send[]): Facts | null {
    const heads = new Map<string, Counters>();
    const members = new Map<string, boolean>();
    const groups = new Map<string, GroupStanding>();
    const lifetimes = new Map<string, Disappearing>();
    for (const { senderId, input } of sends) {
      const known = this.#known.get(input.conversationId);
      const sender = known?.senders.get(senderId);
      if (known === undefined || !known.isUndisturbed || sender?.mayWrite !== true || input.replyTo !== undefined) return null;
      const key = memberKey(input.conversationId, senderId);
      heads.set(input.conversationId, known.counters);
      members.set(key, true);
      if (sender.group !== undefined) groups.set(key, sender.group);
      if (known.lifetime !== undefined) lifetimes.set(input.conversationId, known.lifetime);
    }
    // What keeps somebody from writing is never believed, so of that there is nothing.
    const nothing = { peers: new Map(), readers: new Set<string>(), dismissed: new Set<string>() };
    return { heads, members, groups, lifetimes, sent: new Map(), replies: new Map(), ...nothing };
  }

  /** Keeps what was found under the locks, and how the decision has left it. To be called once that is committed. */
  learn(sends: readonly Send[], facts: Facts, { moved }: Decision): void {
    for (const [id, found] of facts.heads) {
      const known = this.#known.get(id);
      const isUndisturbed = known === undefined || isSame(known.counters, found);
      const senders = known !== undefined && isUndisturbed && known.senders.size < sendersMax ? known.senders : new Map();
      this.#known.delete(id);
      this.#known.set(id, { counters: moved.get(id) ?? found, lifetime: facts.lifetimes.get(id), senders, isUndisturbed });
    }
    for (const { senderId, input } of sends) {
      const key = memberKey(input.conversationId, senderId);
      const isMember = facts.members.get(key);
      if (isMember === undefined) continue;
      const mayWrite = isMember && refusalOfMember(key, facts) === null;
      this.#known.get(input.conversationId)?.senders.set(senderId, { mayWrite, group: facts.groups.get(key) });
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= conversationsMax) return;
      this.#known.delete(id);
    }
  }

  /** Something of this was not as it was known: these conversations are looked up until one is found as it was left again. */
  doubt(facts: Facts): void {
    for (const id of facts.heads.keys()) {
      const known = this.#known.get(id);
      if (known !== undefined) known.isUndisturbed = false;
    }
  }
}

/** Whether nothing that the rules of sending ask for has changed between the two. */
function isSame(one: Counters, other: Counters): boolean {
  return one.change === other.change && one.untold === other.untold;
}
