import { type MessageView, newId, type StreamItem } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../src/index.ts';
import { newerRow } from '../src/reducer/windows.ts';
import { applyEvent, emptyState } from '../src/testing/index.ts';
import { makeWorld, type Person, texts, view } from './world.ts';

const page = { hasBefore: false, hasAfter: false, reading: 'end' as const };
const ids = ({ client }: Person) => client.store.conversationIds.get();

/** Alice with a chat of some messages that bob sent, which she has open. */
async function chat(messages: number) {
  const world = makeWorld();
  const storage = memoryStorage();
  const { alice, bob, id } = await world.pair({ storage });
  for (let n = 1; n <= messages; n++) {
    await world.during(bob.client.messages.send(id, `message ${n}`).acknowledged);
  }
  await world.network.flush();
  return { ...world, storage, alice, bob, id };
}

describe('own settings of a conversation', () => {
  it('O2 pinned chats stand before all others, whatever is said elsewhere', async () => {
    const { alice, bob, id, during, person, network } = await chat(1);
    const carol = await person('carol');
    const other = await during(carol.client.conversations.openDirect('alice'));
    await during(carol.client.messages.send(other.id, 'hi').acknowledged);
    await network.flush();
    expect(ids(alice)).toEqual([other.id, id]);
    await during(alice.client.conversations.pin(id));
    expect(ids(alice)).toEqual([id, other.id]);
    await during(carol.client.messages.send(other.id, 'hi again').acknowledged);
    expect(ids(alice)).toEqual([id, other.id]);
    expect(ids(bob)).toEqual([id]);
  });

  it('O1 a muted chat counts for itself, but is no part of the total; until its time is over', async () => {
    const { alice, bob, id, during, network, time } = await chat(2);
    expect(alice.client.store.totalUnread.get()).toBe(2);
    const last = view(alice, id).lastMessage;
    if (last === undefined) throw new Error('nothing was said');
    expect(alice.client.mayNotify(last)).toBe(true);
    await during(alice.client.conversations.mute(id, { mode: 'mentions', untilAt: time.now() + 60_000 }));
    expect(view(alice, id).me.unread).toBe(2);
    expect(alice.client.store.totalUnread.get()).toBe(0);
    expect(alice.client.mayNotify(last)).toBe(false);
    let woken = 0;
    alice.client.store.totalUnread.subscribe(() => woken++);
    await network.run(61_000);
    expect([alice.client.store.totalUnread.get(), woken]).toEqual([2, 1]);
    expect(alice.client.mayNotify(last)).toBe(true);
    await during(bob.client.messages.send(id, 'now').acknowledged);
    await network.flush();
    expect(alice.client.store.totalUnread.get()).toBe(3);
  });

  it('O1 of a chat that is muted but for mentions, what mentions one still counts and notifies', async () => {
    const { alice, bob, id, during, network } = await chat(1);
    await during(alice.client.conversations.mute(id, { mode: 'mentions', untilAt: null }));
    const content = { type: 'text' as const, text: '@Alice look', mentions: [{ userId: 'alice', name: 'Alice' }] };
    const mention = await during(bob.client.messages.send(id, content).acknowledged);
    await network.flush();
    expect(view(alice, id).me).toMatchObject({ unread: 2, mentions: [2] });
    expect(alice.client.store.totalUnread.get()).toBe(1);
    expect(alice.client.mayNotify(mention)).toBe(true);
    await during(alice.client.conversations.mute(id, { mode: 'nothing', untilAt: null }));
    expect(alice.client.store.totalUnread.get()).toBe(0);
    expect(alice.client.mayNotify(mention)).toBe(false);
  });

  it('O3 a hidden chat is out of the list until something is said that was not seen', async () => {
    const { alice, bob, id, during, network } = await chat(2);
    await during(alice.client.conversations.hide(id));
    expect(ids(alice)).toEqual([]);
    expect(alice.client.store.hiddenIds.get()).toEqual([id]);
    expect(texts(alice, id)).toEqual(['message 1', 'message 2']);
    await during(bob.client.messages.send(id, 'again').acknowledged);
    await network.flush();
    expect(ids(alice)).toEqual([id]);
  });

  it('O6 what was cleared goes from the view, the window and the storage of every device', async () => {
    const { alice, bob, id, during, anotherDevice, network, storage } = await chat(3);
    const laptop = await anotherDevice('alice');
    await during(laptop.client.conversations.open(id));
    expect(texts(laptop, id)).toHaveLength(3);
    const { activeAt } = view(alice, id);
    await network.run(1_000);
    await during(laptop.client.conversations.clear(id));
    await during(bob.client.messages.send(id, 'after').acknowledged);
    await network.run(1_000);
    for (const device of [alice, laptop]) {
      expect(texts(device, id)).toEqual(['after']);
      expect(view(device, id).me).toMatchObject({ unread: 1, clearedAt: activeAt });
      expect(device.client.store.timeline(id).get().hasBefore).toBe(false);
    }
    const stored = await (await storage('alice')).loadMessages(id, undefined, 100);
    expect(stored.map(({ seq }) => seq)).toEqual([4]);
  });

  it('M11 a quote gets its words once what it quotes may be read again, and none back once that has disappeared', () => {
    const quoting = (excerpt: string, change?: number): MessageView => ({
      ...{ id: newId(), conversationId: newId(), seq: 5, change: 5, clientMessageId: 'c', senderId: 'bob', sentAt: 0 },
      ...{ content: { type: 'text', text: 'yes' }, countable: true, countableSeq: 5 },
      replyTo: { seq: 2, senderId: 'ann', excerpt, ...(change === undefined ? {} : { change }) },
    });
    const excerptOf = (known: MessageView, told: MessageView) => newerRow(known, told).replyTo?.excerpt;
    expect(excerptOf(quoting(''), quoting('words'))).toBe('words');
    expect(excerptOf(quoting('words'), quoting(''))).toBe('words');
    expect(excerptOf(quoting('', 9), quoting('words'))).toBe('');
    expect(excerptOf(quoting('words'), quoting('', 9))).toBe('');
  });

  it('O6 M11 a quote of what was cleared has no words: whether it was edited or revoked since, nobody tells', async () => {
    const { alice, bob, id, during, network } = await chat(2);
    await during(bob.client.messages.send(id, 'as I said', { replyTo: 2 }).acknowledged);
    await network.flush();
    const quotes = () =>
      alice.client.store
        .timeline(id)
        .get()
        .items.map(({ replyTo }) => replyTo?.excerpt);
    expect(quotes()).toEqual([undefined, undefined, 'message 2']);
    await during(alice.client.conversations.clear(id));
    await during(bob.client.messages.send(id, 'once more', { replyTo: 2 }).acknowledged);
    await during(bob.client.messages.revoke(id, 2));
    await network.flush();
    expect(quotes()).toEqual(['']);
  });

  it('O6 messages whose event comes only after they were cleared do not show', async () => {
    const { alice, bob, id, during, server } = await chat(1);
    const [before] = server.viewsOf('alice');
    await during(bob.client.messages.send(id, 'late').acknowledged);
    await during(alice.client.conversations.clear(id));
    const [fresh] = server.viewsOf('alice');
    const message = server.messagesOf(id).at(-1);
    if (before === undefined || fresh === undefined || message === undefined) throw new Error('nothing was said');
    const conversation = { view: before, window: { rows: [], ...page }, localRead: null };
    const userChange = fresh.me.userChange - 1;
    const state = { ...emptyState, myId: 'alice', userChange, conversations: new Map([[id, conversation]]) };
    const events: StreamItem[] = [
      // The private stream is ahead of the conversation's.
      { type: 'me.updated', userChange: fresh.me.userChange, conversationId: id, me: fresh.me },
      { type: 'message.sent', conversationId: id, change: message.change, message },
    ];
    const after = events.reduce(applyEvent, state).conversations.get(id);
    expect(after?.view).toEqual(fresh);
    expect(after?.window?.rows).toEqual([]);
    // A node that has heard of the clearing tells the number alone.
    const { change, seq, countableSeq } = message;
    events[1] = { type: 'message.withheld', conversationId: id, change, seq, countableSeq };
    // Who said it is not told either, so nothing follows for what the peer has read.
    const withoutIt = { ...fresh, peerReadSeq: before.peerReadSeq };
    expect(events.reduce(applyEvent, state).conversations.get(id)?.view).toEqual(withoutIt);
    // That node may hear of the clearing before this device does.
    expect(events.reduceRight(applyEvent, state).conversations.get(id)?.view).toEqual(withoutIt);
  });

  it('O6 what is pinned goes with what was cleared', async () => {
    const { alice, bob, id, during, network } = await chat(2);
    for (const seq of [1, 2]) await during(bob.client.messages.pin(id, seq, true));
    await network.flush();
    expect(view(alice, id).pins).toHaveLength(2);
    await during(alice.client.conversations.clear(id));
    expect(view(alice, id).pins).toBeUndefined();
    expect(view(bob, id).pins).toHaveLength(2);
  });
});
