import { isDeepStrictEqual } from 'node:util';
import type { ChatClient, TimelineMessage } from '@nexo/client';
import { type ConversationView, isWithin, type MessageView } from '@nexo/shared';
import type { Visit } from './device.ts';
import type { Sent } from './history.ts';
import { type HeadRow, type MemberRow, rowOf } from './model-database.ts';
import { shownMessages } from './model-messages.ts';
import { isListed } from './model-reads.ts';
import { users } from './plan.ts';
import type { Story } from './story.ts';
import { Violation } from './violation.ts';

/** Everything quiet for so long is quiet. */
const quietMs = 1_000;
/** A fresh client is where it should be after this long. */
const coldMaxMs = 20_000;

/** After the healing: waits until everything is quiet, then looks whether all that must be is so. Throws what is not. */
export async function checkEnd(story: Story, options: { healMaxMs: number; lookEveryMs: number }): Promise<void> {
  const { devices } = story;
  await settle(story, options.healMaxMs, options.lookEveryMs);
  checkSends(story);
  for (const userId of users) checkUnread(story, userId);
  for (const { visit } of devices)
    if (visit !== undefined) checkClient(story, visit.client, visit.actor.name, visit.device.userId);
  await checkTimelines(story);
  const before = devices.length;
  // A fresh client of one of them: what it shows follows from the database alone.
  story.addDevice(users[story.plan.seed % users.length] ?? users[0]);
  await settle(story, coldMaxMs, options.lookEveryMs);
  for (const { visit } of devices.slice(before)) {
    if (visit !== undefined) checkClient(story, visit.client, visit.actor.name, visit.device.userId);
  }
  await checkNothingLeft(story);
}

/** Runs until every client is live and has what the database has, and for a moment longer. */
async function settle(story: Story, maxMs: number, everyMs: number): Promise<void> {
  const { scheduler } = story;
  const deadlineMs = scheduler.nowMs + maxMs;
  let quietSinceMs: number | undefined;
  while (scheduler.nowMs < deadlineMs) {
    await scheduler.run(() => false, scheduler.nowMs + everyMs);
    story.throwFault();
    if (whyRestless(story) !== undefined) quietSinceMs = undefined;
    else if (quietSinceMs === undefined) quietSinceMs = scheduler.nowMs;
    else if (scheduler.nowMs - quietSinceMs >= quietMs) return;
  }
  throw new Violation(`Not quiet after ${maxMs} ms: ${whyRestless(story)}`);
}

/** What somebody still waits for; undefined when nobody does. */
function whyRestless(story: Story): string | undefined {
  for (const { visit, name, links } of story.devices) {
    if (visit === undefined || !visit.isUp) return `${name} is not up`;
    if (links.some((link) => link.isDeadUnnoticed)) return `${name} has not noticed that its socket is dead`;
    const { store } = visit.client;
    const { name: state } = store.connection.get();
    if (state !== 'live') return `${name} is ${state}`;
    const { pending } = store.outbox.get();
    if (pending > 0) return `${name} has ${pending} messages that are not sent`;
    for (const view of story.truthOf(visit.device.userId)) {
      const shown = store.conversation(view.id).get();
      if (shown === undefined) return `${name} does not know ${view.id}`;
      if (shown.head.change !== view.head.change) {
        return `${name} is at ${shown.head.change} of ${view.id}, the database at ${view.head.change}`;
      }
      if (shown.me.userChange < view.me.userChange) return `${name} lacks a change of its own in ${view.id}`;
      if (shown.me.readSeq !== view.me.readSeq)
        return `${name} read ${shown.me.readSeq} of ${view.id}, the database says ${view.me.readSeq}`;
    }
  }
  return undefined;
}

/** Who is out or muted may not write, and nobody answers what they have cleared before the answer was on its way. */
function isReasonable(story: Story, { refused, userId, conversationId, replyTo = 0 }: Sent): boolean {
  if (refused !== 'REPLY_NOT_FOUND') return refused === 'FORBIDDEN' || refused === 'MUTED';
  const view = story.truthOf(userId).find(({ id }) => id === conversationId);
  return view !== undefined && !isWithin(view.me.visible, replyTo);
}

/** Acknowledged: there, once, where it was said. Sent in order: there in order. Kept: sent. */
function checkSends(story: Story): void {
  const { database, history } = story;
  const seqOf = ({ conversationId, userId, clientMessageId }: Sent) =>
    database.get<number>(rowOf.origin(conversationId, userId, clientMessageId));
  const lastOf = new Map<string, number>();
  const acknowledgedAt = new Map<string, { atMs: number; seq: number }[]>();
  for (const sent of history.sent) {
    const seq = seqOf(sent);
    const name = `${sent.text.trim()} of ${sent.visit.actor.name}`;
    if (sent.acknowledged !== undefined) {
      if (seq !== sent.acknowledged.message.seq)
        throw new Violation(`${name} was acknowledged as ${sent.acknowledged.message.seq} and is ${seq}`);
      const known = acknowledgedAt.get(sent.conversationId) ?? [];
      acknowledgedAt.set(sent.conversationId, [...known, { atMs: sent.acknowledged.atMs, seq }]);
    } else if (sent.refused !== undefined) {
      if (!isReasonable(story, sent)) throw new Violation(`${name} was refused with ${sent.refused}`);
      if (seq !== undefined) throw new Violation(`${name} was refused and is there as ${seq}`);
    } else if (!sent.visit.actor.isDead && seq === undefined) {
      throw new Violation(`${name} is neither sent nor refused`);
    }
    if (seq === undefined) continue;
    const message = database.get<MessageView>(rowOf.message(sent.conversationId, seq));
    if (message === undefined || !history.wordings.isFirst(sent.conversationId, seq, sent.text))
      throw new Violation(`${name} says something else`);
    const sender = `${sent.device} ${sent.conversationId}`;
    const last = lastOf.get(sender) ?? 0;
    if (seq < last) throw new Violation(`${name} is ${seq}, and what the same device sent before is ${last}`);
    lastOf.set(sender, seq);
    const earlier = acknowledgedAt.get(sent.conversationId)?.find((one) => one.atMs < sent.invokedAtMs && one.seq > seq);
    if (earlier !== undefined) throw new Violation(`${name} is ${seq}, and ${earlier.seq} was acknowledged before it was sent`);
  }
  for (const { id } of database.filed<{ id: string }>('conversations')) checkNumbers(story, id);
}

/** Seqs and changes are 1, 2, 3 … without a hole, and each message stands under its id once. */
function checkNumbers(story: Story, id: string): void {
  const { database } = story;
  const head = database.get<HeadRow>(rowOf.head(id)) ?? { seq: 0, change: 0, countable: 0 };
  const messages = database.filed<MessageView>(`messages of ${id}`);
  let countable = 0;
  const changes = new Set<number>();
  const origins = new Set<string>();
  for (let seq = 1; seq <= head.seq; seq++) {
    const message = database.get<MessageView>(rowOf.message(id, seq));
    if (message === undefined) throw new Violation(`${id} has no message ${seq} of ${head.seq}`);
    if (message.countable) countable++;
    if (message.countableSeq !== countable)
      throw new Violation(`${id} counts ${message.countableSeq} up to ${seq}, which is ${countable}`);
    if (changes.has(message.change)) throw new Violation(`${id} has two messages with change ${message.change}`);
    changes.add(message.change);
    origins.add(`${message.senderId} ${message.clientMessageId}`);
  }
  if (messages.length !== head.seq) throw new Violation(`${id} has ${messages.length} messages and is at ${head.seq}`);
  if (origins.size !== head.seq) throw new Violation(`${id} has a message twice`);
  if (countable !== head.countable) throw new Violation(`${id} counts ${head.countable}, which is ${countable}`);
}

/** What the database says is unread is what a count says. */
function checkUnread(story: Story, userId: string): void {
  for (const view of story.truthOf(userId)) {
    const member = story.database.get<MemberRow>(rowOf.member(view.id, userId));
    if (member === undefined) continue;
    const unread = shownMessages(story.database, member, member.readSeq + 1, view.head.seq).filter(
      // Of who has left, what was taken back afterwards stays unread.
      ({ countable, content, contentChange }) => countable && (content.type !== 'revoked' || contentChange === undefined),
    );
    if (unread.length !== view.me.unread) {
      throw new Violation(`${userId} has ${view.me.unread} unread in ${view.id}, counted ${unread.length}`);
    }
  }
}

/** A client shows what the database has for its user. */
function checkClient(story: Story, { store }: ChatClient, name: string, userId: string): void {
  const truth = story.truthOf(userId);
  const listed = truth.filter(isListed);
  same(
    `the list of ${name}`,
    store.conversationIds.get(),
    listed.map(({ id }) => id),
  );
  for (const view of truth) {
    const shown = store.conversation(view.id).get();
    same(`${view.id} of ${name}`, shown === undefined ? undefined : comparable(shown), comparable(view));
  }
  same(
    `the unread of ${name}`,
    store.totalUnread.get(),
    listed.reduce((sum, { me }) => sum + me.unread, 0),
  );
}

/**
 * The other side's read position has no number and may be missed. Of a group that one has left the profile goes on without one, and so
 * does what becomes of its messages.
 */
function comparable({ peerReadSeq: _missed, group, lastMessage, pins, ...view }: ConversationView) {
  if (view.me.leftAt === undefined) return { ...view, group, lastMessage, pins };
  const { mentions: _mentions, ...me } = view.me;
  return { ...view, me, lastMessage: lastMessage?.seq };
}

/** What is loaded in the clients is what the database has for them, row by row. */
async function checkTimelines(story: Story): Promise<void> {
  for (const { visit } of story.devices) {
    if (visit === undefined) continue;
    for (const { id } of story.truthOf(visit.device.userId)) await checkTimeline(story, visit, id);
  }
}

async function checkTimeline(story: Story, visit: Visit, id: string): Promise<void> {
  const { scheduler, database } = story;
  const { client, device, actor } = visit;
  const member = database.get<MemberRow>(rowOf.member(id, device.userId));
  const head = database.get<HeadRow>(rowOf.head(id));
  const visible = member === undefined ? [] : shownMessages(database, member, 1, head?.seq ?? 0);
  const untold = untoldTo(member, visible);
  const expected = visible.map((message) => comparableRow({ ...message, key: message.clientMessageId }, member, untold));
  const shown = () => {
    const { items } = client.store.timeline(id).get();
    return items.filter(({ state }) => state !== 'failed').map((row) => comparableRow(row, member, untold));
  };
  let isThere = false;
  let failure: unknown;
  const load = async () => {
    await loadAll(client, id);
    // A question that was lost before the healing is asked again when its time is up; until then what is stored is shown.
    while (!isDeepStrictEqual(shown(), expected)) {
      await scheduler.wait(actor, 500, 'looks again');
      await loadAll(client, id);
    }
    isThere = true;
  };
  scheduler.after(actor, 0, 'loads everything', () => {
    load().catch((error: unknown) => {
      failure = error;
    });
  });
  await scheduler.run(() => isThere || failure !== undefined, scheduler.nowMs + coldMaxMs);
  story.throwFault();
  if (failure !== undefined) throw failure;
  same(`the timeline of ${id} on ${actor.name}`, shown(), expected);
}

/** Messages that were taken back after somebody had left: they are told of it when they ask, and not before. */
function untoldTo(member: MemberRow | undefined, messages: readonly MessageView[]): ReadonlySet<number> {
  const untold = messages.filter(({ revokedAt }) => member?.leftAt != null && revokedAt !== undefined);
  return new Set(untold.map(({ seq }) => seq));
}

type Row = {
  [K in 'key' | 'seq' | 'sentAt' | 'content' | 'editedAt' | 'replyTo' | 'reactions']?: TimelineMessage[K] | undefined;
};

/** Of a row what the database says about it. A quote of what may not be read has no words; who has left hears of no reactions. */
function comparableRow(
  { key, seq, sentAt, content, editedAt, replyTo, reactions = [] }: Row,
  member: MemberRow | undefined,
  untold: ReadonlySet<number>,
) {
  const isUntold = seq !== undefined && untold.has(seq);
  const hasWords = replyTo !== undefined && isWithin(member?.visible ?? [], replyTo.seq) && !untold.has(replyTo.seq);
  return {
    ...{ key, seq, sentAt },
    ...(isUntold ? {} : { content, editedAt }),
    ...(replyTo === undefined ? {} : { replyTo: [replyTo.seq, replyTo.senderId] }),
    ...(hasWords ? { excerpt: replyTo.excerpt, revoked: replyTo.revoked === true } : {}),
    ...(member?.leftAt == null ? { reactions } : {}),
  };
}

async function loadAll(client: ChatClient, id: string): Promise<void> {
  const { conversations, store } = client;
  await conversations.open(id);
  while (store.timeline(id).get().hasAfter) await conversations.loadAfter(id);
  while (store.timeline(id).get().hasBefore) await conversations.loadBefore(id);
}

/** Everybody stops: nothing waits, nothing runs on. */
async function checkNothingLeft(story: Story): Promise<void> {
  const { scheduler } = story;
  let stopping = 0;
  for (const { visit } of story.devices) {
    if (visit === undefined) continue;
    stopping++;
    scheduler.after(visit.actor, 0, 'stops', () => void visit.client.stop().then(() => stopping--));
  }
  await scheduler.run(() => stopping === 0, scheduler.nowMs + coldMaxMs);
  // The nodes find out that everybody is gone.
  await scheduler.run(() => story.nodes.every((node) => node?.connections.size === 0), scheduler.nowMs + 120_000);
  story.throwFault();
  for (const node of story.nodes) {
    if (node === undefined) continue;
    const { hub, connections } = node;
    const left = {
      users: [...hub.users()].length,
      conversations: [...hub.conversations()].length,
      connections: connections.size,
    };
    same(`what ${node.name} still keeps`, left, { users: 0, conversations: 0, connections: 0 });
    stopping++;
    scheduler.after(node.actor, 0, 'stops', () => void node.close().then(() => stopping--));
  }
  await scheduler.run(() => stopping === 0, scheduler.nowMs + coldMaxMs);
  await scheduler.run(() => false, scheduler.nowMs + coldMaxMs);
  story.throwFault();
  same('what still stops', stopping, 0);
  same(
    'timers that nobody stopped',
    scheduler
      .pending()
      .filter(({ actor }) => actor !== story.director)
      .map(({ actor, what, origin }) => `${actor.name}: ${what}${origin ?? ''}`),
    [],
  );
}

function same(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Violation(`${what}:\n  found    ${JSON.stringify(found)}\n  expected ${JSON.stringify(expected)}`);
}
