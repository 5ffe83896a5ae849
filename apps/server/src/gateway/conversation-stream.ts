import { type Log, shownEvent } from '@nexo/api';
import { type ConversationEvent, isWithin, limits, withheldEvent } from '@nexo/shared';
import { Item } from './batch.ts';
import type { LocalUser } from './hub.ts';
import { type Missing, OrderedStream, type Range } from './ordered-stream.ts';
import { quotedSeqOf, seqOf, withoutQuotedWords } from './visible.ts';

export interface ConversationStreamOptions {
  id: string;
  /** The change up to which members have been told, or know by themselves. */
  cursor: number;
  readEvents(conversationId: string, since: number): Promise<Missing<ConversationEvent>>;
  /** Something was dispatched. */
  moved(stream: ConversationStream): void;
  /** A user was removed by change `at`, here or not. */
  removed(userId: string, stream: ConversationStream, at: number): void;
  /** So much was missed that it was not read: who is a member, and what they have, must be found out anew. */
  overrun(stream: ConversationStream): void;
  /** The last local member is gone. */
  emptied(stream: ConversationStream): void;
  log: Log;
  holdMs?: number;
}

/** Read positions that wait for what is missing at most. The oldest goes: later ones of the same member say more. */
const keptReadsMax = 200;

/**
 * One conversation on this node: its local members, and its events in strict order. Membership follows the same order, so that
 * whoever is removed by change n gets nothing numbered above n, and whoever joins at n nothing numbered below.
 */
export class ConversationStream {
  readonly id: string;
  readonly members = new Set<LocalUser>();
  /** Moved since positions were last sent. */
  moved = false;
  readonly #options: ConversationStreamOptions;
  readonly #order: OrderedStream<ConversationEvent>;
  /** Who joins once the cursor has come to the change that let them in. */
  readonly #joining = new Map<LocalUser, number>();
  #keptReads: Item[] = [];

  constructor(options: ConversationStreamOptions) {
    this.id = options.id;
    this.#options = options;
    this.#order = new OrderedStream({
      numberOf: (event) => event.change,
      dispatch: (event) => this.#dispatch(event),
      moved: () => {
        this.#admit(this.cursor);
        options.moved(this);
      },
      readMissing: (cursor) => this.#readMissing(cursor),
      repaired: (change, since) => {
        if (change - since > limits.changesMax) options.overrun(this);
        // A state diff leaves out numbers that later ones have overtaken: say where everybody should be now.
        else this.send(new Item({ type: 'positions', conversations: [{ id: this.id, change }] }));
      },
      whole: () => this.#sendKeptReads(),
      log: options.log,
      ...(options.holdMs === undefined ? {} : { holdMs: options.holdMs }),
    });
    this.#order.begin(options.cursor);
  }

  get cursor(): number {
    return this.#order.cursor ?? 0;
  }

  /** Lets a user in who was seen to be a member at change `at`: now, or when the stream has come that far. */
  join(user: LocalUser, at: number): void {
    if (this.members.has(user)) return;
    user.conversations.add(this);
    if (this.cursor >= at) this.members.add(user);
    else this.#joining.set(user, at);
  }

  leave(user: LocalUser): void {
    const was = this.members.delete(user);
    const wasJoining = this.#joining.delete(user);
    user.conversations.delete(this);
    user.visible.delete(this.id);
    if ((was || wasJoining) && this.members.size === 0 && this.#joining.size === 0) {
      this.#order.close();
      this.#options.emptied(this);
    }
  }

  accept(range: Range<ConversationEvent>): void {
    this.#order.accept(range);
  }

  isBehind(to: number): boolean {
    return this.#order.isBehind(to);
  }

  repair(upTo?: number): void {
    this.#order.repair(upTo);
  }

  /** Gives one item to everybody here. */
  send(item: Item): void {
    for (const user of this.members) {
      for (const listener of user.listeners) listener.enqueue(item);
    }
  }

  /**
   * Gives a read position to everybody here who shows theirs; once nothing is missing, if something is: what is missing may be that somebody left,
   * and read positions have no number that would keep them in its order.
   */
  sendRead(item: Item): void {
    if (this.#order.isWhole) {
      this.#sendToReaders(item);
      return;
    }
    this.#keptReads.push(item);
    if (this.#keptReads.length > keptReadsMax) this.#keptReads.shift();
  }

  #sendKeptReads(): void {
    const kept = this.#keptReads;
    if (kept.length === 0) return;
    this.#keptReads = [];
    for (const item of kept) this.#sendToReaders(item);
  }

  /** Who hides what they have read does not see it of others. */
  #sendToReaders(item: Item): void {
    for (const user of this.members) {
      if (!user.hidesReading) for (const listener of user.listeners) listener.enqueue(item);
    }
  }

  /** A diff of more rows than are read at once might lack a removal, so none of it may be handed on. */
  async #readMissing(cursor: number): Promise<Missing<ConversationEvent>> {
    const missing = await this.#options.readEvents(this.id, cursor);
    if (missing.head - cursor > limits.changesMax) return { head: missing.head, events: [] };
    for (const event of missing.events) if (event.change > this.cursor) this.#withhold(event);
    return missing;
  }

  /**
   * A diff tells of each member only how they ended: who is in again may have been out for a part of it, and who is out may have
   * been out before. So it is not for those whose own row it tells of. They are told how far they should be, and ask for what is
   * theirs: who is in by the note that follows every repair, who is out here.
   */
  #withhold(event: ConversationEvent): void {
    if (event.type === 'member.joined' || event.type === 'member.updated') {
      // Who was out and inherits the group afterwards is told of as updated, and as nothing else.
      const user = this.#memberOf(event.member.userId);
      if (user === undefined) return;
      this.members.delete(user);
      this.#joining.set(user, event.change);
    } else if (event.type === 'member.left') {
      const user = this.#memberOf(event.userId);
      if (user === undefined) return;
      this.#options.removed(user.id, this, event.change);
      const note = new Item({ type: 'positions', conversations: [{ id: this.id, change: event.change }] });
      for (const listener of user.listeners) listener.enqueue(note);
    }
  }

  #memberOf(userId: string): LocalUser | undefined {
    for (const user of [...this.members, ...this.#joining.keys()]) if (user.id === userId) return user;
    return undefined;
  }

  #dispatch(event: ConversationEvent): void {
    if (this.#joining.size > 0) this.#admit(event.change - 1);
    this.#sendWhereVisible(event);
    if (event.type === 'member.left') this.#options.removed(event.userId, this, event.change);
  }

  /**
   * Of a message from before their time, members hear only that something has the number; of one that quotes such a message all but
   * the words of that. Each is serialised once for all of them.
   */
  #sendWhereVisible(event: ConversationEvent): void {
    const seq = seqOf(event);
    const quotedSeq = quotedSeqOf(event);
    const item = new Item(shownEvent(event));
    if (seq === undefined) {
      this.send(item);
      return;
    }
    let withheld: Item | undefined;
    let wordless: Item | undefined;
    for (const user of this.members) {
      const visible = user.visible.get(this.id);
      let theirs = item;
      if (visible !== undefined && !isWithin(visible, seq)) {
        withheld ??= new Item(withheldEvent(event));
        theirs = withheld;
      } else if (visible !== undefined && quotedSeq !== undefined && !isWithin(visible, quotedSeq)) {
        wordless ??= new Item(shownEvent(withoutQuotedWords(event)));
        theirs = wordless;
      }
      for (const listener of user.listeners) listener.enqueue(theirs);
    }
  }

  #admit(upTo: number): void {
    for (const [user, at] of this.#joining) {
      if (at > upTo) continue;
      this.#joining.delete(user);
      this.members.add(user);
    }
  }
}
