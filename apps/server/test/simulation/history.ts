import type { ConversationView, MessageView, StreamItem } from '@nexo/shared';
import type { Visit } from './device.ts';
import { type HeadRow, type MemberRow, type ModelDatabase, rowOf, type Transaction } from './model-database.ts';
import type { Scheduler } from './scheduler.ts';
import { Violation } from './violation.ts';
import { Wordings } from './wordings.ts';

/** One message that somebody sent. */
export interface Sent {
  userId: string;
  /** The device and, apart, the visit that sent it. */
  device: string;
  visit: Visit;
  conversationId: string;
  clientMessageId: string;
  text: string;
  /** The message that it answers. */
  replyTo: number | undefined;
  invokedAtMs: number;
  acknowledged: { message: MessageView; atMs: number } | undefined;
  /** The code of a refusal for good. */
  refused: string | undefined;
}

/** From the change that let somebody in to the one that let them out. */
interface Stay {
  from: number;
  to: number;
}

/** Writes down what everybody did and saw, and finds at once what must not be at any moment. */
export class History {
  readonly sent: Sent[] = [];
  readonly wordings = new Wordings();
  readonly #scheduler: Scheduler;
  readonly #database: ModelDatabase;
  /** By conversation and user. */
  readonly #stays = new Map<string, Stay[]>();
  readonly #heads = new Map<string, HeadRow>();
  readonly #readSeqs = new Map<string, number>();
  /** The clientMessageId at each place, as anybody saw it first. */
  readonly #places = new Map<string, string>();
  /** Highest cursor and seq of a visit in a conversation. */
  readonly #cursors = new Map<string, number>();
  readonly #heard = new Map<string, number>();

  constructor(scheduler: Scheduler, database: ModelDatabase) {
    this.#scheduler = scheduler;
    this.#database = database;
    database.committed = (transaction) => this.#committed(transaction);
  }

  /** Was there before the story. */
  begin(conversationId: string, head: HeadRow, userIds: readonly string[]): void {
    this.#heads.set(conversationId, head);
    for (const userId of userIds) this.#stays.set(`${conversationId} ${userId}`, [{ from: 0, to: Number.POSITIVE_INFINITY }]);
  }

  /** A client hears an item of its stream. */
  heard(visit: Visit, item: StreamItem): void {
    if (!('change' in item)) return;
    this.wordings.heard(visit, item);
    const { conversationId, change } = item;
    const { userId } = visit.device;
    const stays = this.#stays.get(`${conversationId} ${userId}`) ?? [];
    if (!stays.some(({ from, to }) => change >= from && change <= to)) {
      throw new Violation(`${visit.actor.name} hears change ${change} of ${conversationId}, which is not for ${userId}`);
    }
  }

  /** A client tells of a message. */
  arrived(visit: Visit, message: MessageView): void {
    this.saw(message);
    const key = `${visit.actor.name} ${message.conversationId}`;
    const last = this.#heard.get(key) ?? 0;
    if (message.seq <= last) throw new Violation(`${key} is told of ${message.seq} after ${last}`);
    this.#heard.set(key, message.seq);
  }

  /** Somebody sees a message at its place: all see the same. */
  saw({ conversationId, seq, clientMessageId }: MessageView): void {
    const place = `${conversationId} ${seq}`;
    const first = this.#places.get(place);
    if (first === undefined) this.#places.set(place, clientMessageId);
    else if (first !== clientMessageId) throw new Violation(`Two messages at ${place}: ${first} and ${clientMessageId}`);
  }

  /** How a client sees a conversation: its cursor never goes back. */
  seen(visit: Visit, view: ConversationView): void {
    const key = `${visit.actor.name} ${view.id}`;
    const cursor = this.#cursors.get(key) ?? 0;
    if (view.head.change < cursor) throw new Violation(`The cursor of ${key} goes back from ${cursor} to ${view.head.change}`);
    this.#cursors.set(key, view.head.change);
    if (view.me.unread < 0) throw new Violation(`${key} has ${view.me.unread} unread`);
  }

  #committed(transaction: Transaction): void {
    for (const [row, value] of transaction.written) {
      const [kind, conversationId = ''] = row.split(' ');
      if (kind === 'head') this.#headMoved(conversationId, value as HeadRow);
      else if (kind === 'message') this.#written(value as MessageView, transaction.inserted.includes(row));
      else if (kind === 'member') this.#memberMoved(value as MemberRow);
    }
    if (this.#scheduler.trace === undefined) return;
    this.#scheduler.note(`database: ${transaction.node} committed ${[...transaction.written.keys()].join(', ')}`);
  }

  /** What an outbox sends is on the disk before: were the program gone now, it would know what it has sent. */
  #written(message: MessageView, isNew: boolean): void {
    this.saw(message);
    this.wordings.committed(message);
    const sent = this.sent.find(({ clientMessageId }) => clientMessageId === message.clientMessageId);
    if (sent === undefined) return;
    if (isNew) this.#mayWrite(message, sent);
    const { disk } = sent.visit.device;
    if (!disk.hasFailed && !disk.outboxIds.has(message.clientMessageId)) {
      throw new Violation(`${sent.text.trim()} of ${sent.visit.actor.name} was sent before it was stored`);
    }
  }

  /** Nobody writes who is muted by then. */
  #mayWrite({ conversationId, senderId, sentAt }: MessageView, { text, visit }: Sent): void {
    const member = this.#database.get<MemberRow>(rowOf.member(conversationId, senderId));
    const until = member?.mutedUntil ?? null;
    if (until === null || until <= sentAt || member?.role === 'owner') return;
    throw new Violation(`${text.trim()} of ${visit.actor.name} was sent by who is muted`);
  }

  #headMoved(conversationId: string, head: HeadRow): void {
    const before = this.#heads.get(conversationId) ?? { seq: 0, change: 0, countable: 0 };
    if (head.seq < before.seq || head.change < before.change || head.countable < before.countable) {
      throw new Violation(`The head of ${conversationId} goes back from ${JSON.stringify(before)} to ${JSON.stringify(head)}`);
    }
    this.#heads.set(conversationId, head);
  }

  #memberMoved({ conversationId, userId, leftAt, change, readSeq }: MemberRow): void {
    const key = `${conversationId} ${userId}`;
    const position = this.#readSeqs.get(key) ?? 0;
    if (readSeq < position) throw new Violation(`The read position of ${key} goes back from ${position} to ${readSeq}`);
    this.#readSeqs.set(key, readSeq);
    const stays = this.#stays.get(key) ?? [];
    const last = stays.at(-1);
    const isIn = last?.to === Number.POSITIVE_INFINITY;
    if (leftAt === null && !isIn) this.#stays.set(key, [...stays, { from: change, to: Number.POSITIVE_INFINITY }]);
    else if (leftAt !== null && isIn && last !== undefined) last.to = change;
  }
}
