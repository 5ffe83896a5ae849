import { isDeepStrictEqual } from 'node:util';
import type { ChatClient } from '@nexo/client';
import type { ConversationView, MessageView } from '@nexo/shared';
import { type Sent, Violation } from './history.ts';
import { type HeadRow, type MemberRow, rowOf } from './model-database.ts';
import { isListed, viewsOf, visibleMessages } from './model-reads.ts';
import { users } from './plan.ts';
import type { Story } from './story.ts';

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
  for (const userId of users) story.addDevice(userId);
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
  for (const { visit, name } of story.devices) {
    if (visit === undefined || !visit.isUp) return `${name} is not up`;
    const { store } = visit.client;
    const { name: state } = store.connection.get();
    if (state !== 'live') return `${name} is ${state}`;
    const { pending } = store.outbox.get();
    if (pending > 0) return `${name} has ${pending} messages that are not sent`;
    const truth = viewsOf(story.database, visit.device.userId);
    for (const view of truth) {
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
      if (sent.refused !== 'FORBIDDEN') throw new Violation(`${name} was refused with ${sent.refused}`);
      if (seq !== undefined) throw new Violation(`${name} was refused and is there as ${seq}`);
    } else if (!sent.visit.actor.isDead && seq === undefined) {
      throw new Violation(`${name} is neither sent nor refused`);
    }
    if (seq === undefined) continue;
    const message = database.get<MessageView>(rowOf.message(sent.conversationId, seq));
    if (message?.content.type !== 'text' || message.content.text !== sent.text)
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
  for (const view of viewsOf(story.database, userId)) {
    const member = story.database.get<MemberRow>(rowOf.member(view.id, userId));
    if (member === undefined) continue;
    const unread = visibleMessages(story.database, member, member.readSeq + 1, view.head.seq).filter(
      ({ countable }) => countable,
    );
    if (unread.length !== view.me.unread) {
      throw new Violation(`${userId} has ${view.me.unread} unread in ${view.id}, counted ${unread.length}`);
    }
  }
}

/** A client shows what the database has for its user. */
function checkClient(story: Story, { store }: ChatClient, name: string, userId: string): void {
  const truth = viewsOf(story.database, userId);
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

/** The other side's read position has no number and may be missed. Of a group that one has left the profile goes on without one. */
function comparable({ peerReadSeq: _missed, group, ...view }: ConversationView) {
  return view.me.leftAt === undefined ? { ...view, group } : view;
}

/** What is loaded in the clients is what the database has for them, row by row. */
async function checkTimelines(story: Story): Promise<void> {
  const { scheduler, database } = story;
  for (const { visit } of story.devices) {
    if (visit === undefined) continue;
    const { client, device, actor } = visit;
    for (const view of viewsOf(database, device.userId)) {
      const { id } = view;
      let isLoaded = false;
      let failure: unknown;
      scheduler.after(actor, 0, 'loads everything', () => {
        loadAll(client, id, () => scheduler.wait(actor, 100, 'looks again')).then(
          () => {
            isLoaded = true;
          },
          (error: unknown) => {
            failure = error;
          },
        );
      });
      await scheduler.run(() => isLoaded || failure !== undefined, scheduler.nowMs + coldMaxMs);
      story.throwFault();
      if (failure !== undefined) throw failure;
      const member = database.get<MemberRow>(rowOf.member(id, device.userId));
      const visible = member === undefined ? [] : visibleMessages(database, member, 1, view.head.seq);
      const rows = client.store
        .timeline(id)
        .get()
        .items.filter(({ state }) => state !== 'failed');
      same(
        `the timeline of ${id} on ${actor.name}`,
        rows.map(({ key, seq, sentAt }) => ({ key, seq, sentAt })),
        visible.map(({ clientMessageId: key, seq, sentAt }) => ({ key, seq, sentAt })),
      );
    }
  }
}

async function loadAll(client: ChatClient, id: string, wait: () => Promise<void>): Promise<void> {
  const { conversations, store } = client;
  await conversations.open(id);
  // A page that could not be loaded is asked for again.
  while (store.timeline(id).get().status !== 'ready') await wait();
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
