import type { ConversationEvent, ConversationRead, MeEvent, StreamItem } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { makeCounters } from '../telemetry/counters.ts';
import { Item } from './batch.ts';
import { FanOut } from './fan-out.ts';
import { Hub, type Listener } from './hub.ts';
import { Memberships } from './memberships.ts';
import { repairMissed } from './missed.ts';
import { Positions } from './positions.ts';
import type { Visible } from './visible.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

type Cursors = { userChange: number; hidesReading?: boolean; conversations: { id: string; change: number; visible?: Visible }[] };

/** Memberships over a database whose answers a test gives when it likes. */
function setUp() {
  const hub = new Hub();
  const positions = new Positions();
  const asked: { userId: string; answer(cursors: Cursors): Promise<void>; fail(): Promise<void> }[] = [];
  let head = 0;
  let diff: ConversationEvent[] = [];
  const missed: string[] = [];
  const memberships = new Memberships({
    hub,
    positions,
    listCursors: (userId) =>
      new Promise((resolve, reject) => {
        asked.push({
          userId,
          fail: async () => {
            reject(new Error('the database is away'));
            await settled();
          },
          answer: async (cursors) => {
            resolve(cursors);
            await settled();
          },
        });
      }),
    readEvents: () => (head === 0 ? new Promise(() => {}) : Promise.resolve({ head, events: diff })),
    missedUserChange: (userId) => missed.push(userId),
    log,
    holdMs: 60_000,
  });
  const listen = (userId: string) => {
    const items: StreamItem[] = [];
    const listener: Listener = { enqueue: (item: Item) => items.push(item.value) };
    const begin = () => memberships.listen(userId, listener);
    return { items, begin, done: begin(), stop: () => memberships.unlisten(userId, listener) };
  };
  const tell = (...events: ConversationEvent[]) => {
    const [first] = events;
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    hub.conversation(first.conversationId)?.accept({ from: first.change, to: last.change, events });
  };
  /** The doorbells tell of changes, which the node has yet to read, and of a read position. */
  const ring = async (events: ConversationEvent[], read: ConversationRead) => {
    diff = events;
    head = events.at(-1)?.change ?? 0;
    const fanOut = new FanOut({ hub, log, counters: makeCounters() });
    repairMissed({ hub, fanOut }, { conversations: [{ id: 'c', from: 11, to: head }], users: [], reads: [read] }, () => {});
    await settled();
  };
  /** The node finds out that the conversation has come to `change` without it. */
  const overrun = async (change: number) => {
    head = change;
    hub.conversation('c')?.repair();
    await settled();
  };
  /** The node reads what it missed: rows as they are by now. */
  const repair = async (events: ConversationEvent[]) => {
    diff = events;
    await overrun(events.at(-1)?.change ?? 0);
  };
  return { hub, asked, missed, listen, tell, overrun, repair, ring };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Of those who joined at the sixth message. */
const visible = [{ from: 6, to: null }];
const said = (change: number): ConversationEvent =>
  ({ type: 'message.sent', conversationId: 'c', change, message: { seq: change } }) as ConversationEvent;
const left = (change: number, userId: string): ConversationEvent => ({
  type: 'member.left',
  conversationId: 'c',
  change,
  userId,
  memberCount: 1,
});
const isIn = (change: number, userId: string): ConversationEvent =>
  ({ type: 'member.joined', conversationId: 'c', change, member: { userId }, memberCount: 2 }) as ConversationEvent;
const isOwner = (change: number, userId: string): ConversationEvent =>
  ({ type: 'member.updated', conversationId: 'c', change, member: { userId, role: 'owner' } }) as ConversationEvent;
const joined = (userChange: number, change: number): MeEvent =>
  ({ type: 'me.joined', userChange, conversation: { id: 'c', head: { seq: 1, change }, me: { visible } } }) as MeEvent;

const changes = (items: StreamItem[]) => items.flatMap((item) => ('change' in item ? [item.change] : []));

describe('G25 what is told of a message', () => {
  const edited = (change: number, seq: number): ConversationEvent =>
    ({ type: 'message.edited', conversationId: 'c', change, message: { seq } }) as ConversationEvent;
  const reacted = (change: number, seq: number): ConversationEvent =>
    ({ type: 'message.reacted', conversationId: 'c', change, seq }) as ConversationEvent;
  const withheld = (change: number) => ({ type: 'message.withheld', conversationId: 'c', change });

  /** Ben, who came in when he might read more, and has heard that he reads from 9 on. */
  async function whoHasCleared() {
    const { asked, hub, listen, tell } = setUp();
    const ben = listen('ben');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10, visible }] });
    const me = { visible: [{ from: 9, to: null }] };
    hub.user('ben')?.stream?.accept(2, [{ type: 'me.updated', userChange: 2, conversationId: 'c', me } as MeEvent]);
    ben.items.length = 0;
    return { ben, tell };
  }

  it('reaches who may read it; the others hear the number and nothing else, whatever way they came in', async () => {
    const { asked, hub, listen, tell } = setUp();
    const ann = listen('ann');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10, visible: [{ from: 1, to: null }] }] });
    const ben = listen('ben');
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10, visible }] });
    const cleo = listen('cleo');
    await asked[2]?.answer({ userChange: 1, conversations: [] });
    hub.user('cleo')?.stream?.accept(2, [joined(2, 10)]);
    cleo.items.length = 0;
    tell(edited(11, 5), reacted(12, 5), edited(13, 6), said(14));
    expect(ann.items).toEqual([edited(11, 5), reacted(12, 5), edited(13, 6), said(14)]);
    for (const { items } of [ben, cleo]) expect(items).toEqual([withheld(11), withheld(12), edited(13, 6), said(14)]);
  });

  it('follows what they may read: as of now, not of when they came in', async () => {
    const { ben, tell } = await whoHasCleared();
    tell(edited(11, 6), edited(12, 9));
    expect(ben.items).toEqual([withheld(11), edited(12, 9)]);
  });

  it('is the place of a message that one cleared before hearing of it, and nothing else of it', async () => {
    const { ben, tell } = await whoHasCleared();
    const message = { seq: 8, countableSeq: 7, senderId: 'ann', content: { type: 'text', text: 'hi' } };
    const sent = { type: 'message.sent', conversationId: 'c', change: 11, message } as ConversationEvent;
    tell(sent, { ...sent, type: 'message.expired', change: 12 } as ConversationEvent);
    expect(ben.items).toEqual([11, 12].map((change) => ({ ...withheld(change), seq: 8, countableSeq: 7 })));
  });
});

describe('C35 read positions of others', () => {
  const conversations = [{ id: 'c', change: 10 }];
  const read = (readSeq: number): ConversationRead => ({
    type: 'conversation.read',
    conversationId: 'c',
    userId: 'zoe',
    readSeq,
  });
  const setting = (userChange: number, readReceipts: boolean): MeEvent =>
    ({ type: 'me.profile', userChange, user: { readReceipts } }) as MeEvent;
  const readsOf = (items: StreamItem[]) => items.flatMap((item) => (item.type === 'conversation.read' ? [item.readSeq] : []));

  it('are not told to who hides their own, from the setting on and until it is taken back', async () => {
    const { asked, hub, listen } = setUp();
    const ann = listen('ann');
    await asked[0]?.answer({ userChange: 1, conversations });
    const ben = listen('ben');
    await asked[1]?.answer({ userChange: 1, hidesReading: true, conversations });
    const tellRead = (seq: number) => hub.conversation('c')?.sendRead(new Item(read(seq)));
    tellRead(1);
    hub.user('ann')?.stream?.accept(2, [setting(2, false)]);
    tellRead(2);
    hub.user('ben')?.stream?.accept(2, [setting(2, true)]);
    tellRead(3);
    expect([readsOf(ann.items), readsOf(ben.items)]).toEqual([[1], [3]]);
  });

  it('neither when the setting is told while everything is read anew, nor when what was missing comes', async () => {
    const { asked, hub, listen, ring } = setUp();
    const ann = listen('ann');
    await asked[0]?.answer({ userChange: 1, conversations });
    hub.user('ann')?.stream?.repair();
    await settled();
    hub.user('ann')?.stream?.accept(2, [setting(2, false)]);
    // Of before the setting.
    await asked[1]?.answer({ userChange: 1, conversations });
    await ring([said(11)], read(4));
    expect(changes(ann.items)).toContain(11);
    expect(readsOf(ann.items)).toEqual([]);
  });
});

describe('G11 membership', () => {
  it('of one who is removed while their conversations are being read ends all the same', async () => {
    const { asked, listen, tell } = setUp();
    const ann = listen('ann');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    const ben = listen('ben');
    tell(left(11, 'ben'));
    // The database was read before the removal, and answers only now.
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await ben.done;
    tell(said(12));
    expect(changes(ann.items)).toEqual([11, 12]);
    expect(changes(ben.items)).toEqual([]);
  });

  it('of one who left and came back while they were being read holds', async () => {
    const { asked, listen, tell } = setUp();
    const ann = listen('ann');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    const ben = listen('ben');
    tell(left(11, 'ben'));
    tell(said(12));
    await asked[1]?.answer({ userChange: 3, conversations: [{ id: 'c', change: 12 }] });
    await ben.done;
    tell(said(13));
    expect(changes(ann.items)).toEqual([11, 12, 13]);
    expect(changes(ben.items)).toEqual([13]);
  });

  it('begins at the change that let them in, not before, when the node is behind it', async () => {
    const { asked, hub, listen, tell } = setUp();
    const ann = listen('ann');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    const ben = listen('ben');
    await asked[1]?.answer({ userChange: 1, conversations: [] });
    hub.user('ben')?.stream?.accept(2, [joined(2, 12)]);
    // What was said before ben came reaches this node late; it may not be for ben's eyes.
    tell(said(11));
    tell(said(12));
    tell(said(13));
    expect(changes(ann.items)).toEqual([11, 12, 13]);
    expect(changes(ben.items)).toEqual([13]);
  });

  it('is asked for when word of it comes after later changes of the conversation', async () => {
    const { asked, hub, listen, tell } = setUp();
    listen('ann');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    const ben = listen('ben');
    await asked[1]?.answer({ userChange: 1, conversations: [] });
    tell(said(11), left(12, 'ben'), said(13));
    // Ben had joined at 11 and left at 12: the word of the joining comes last.
    hub.user('ben')?.stream?.accept(2, [joined(2, 11)]);
    tell(said(14));
    expect(changes(ben.items)).toEqual([]);
    expect(asked[2]?.userId).toBe('ben');
    await asked[2]?.answer({ userChange: 3, conversations: [] });
    tell(said(15));
    expect(changes(ben.items)).toEqual([]);
  });

  it('that the node finds only after later changes comes with the word how far they should be', async () => {
    const { asked, hub, listen, tell } = setUp();
    listen('ann');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    const ben = listen('ben');
    await asked[1]?.answer({ userChange: 1, conversations: [] });
    tell(said(11), said(12), said(13));
    hub.user('ben')?.stream?.accept(2, [joined(2, 11)]);
    await asked[2]?.answer({ userChange: 2, conversations: [{ id: 'c', change: 13 }] });
    expect(ben.items.at(-1)).toEqual({ type: 'positions', conversations: [{ id: 'c', change: 13 }] });
    tell(said(14));
    expect(changes(ben.items)).toEqual([14]);
  });

  it('that the node has wrong is put right by the next reading', async () => {
    const { asked, hub, missed, listen, tell } = setUp();
    const ben = listen('ben');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    hub.user('ben')?.stream?.repair();
    await asked[1]?.answer({ userChange: 5, conversations: [{ id: 'd', change: 3 }] });
    tell(said(11));
    expect(changes(ben.items)).toEqual([]);
    expect(ben.items).toContainEqual({ type: 'resync' });
    expect(hub.conversation('c')).toBeUndefined();
    expect(hub.conversation('d')?.members.size).toBe(1);
    expect(missed).toEqual(['ben']);
  });

  it('leaves nothing behind when the last listener goes, even in the middle of reading', async () => {
    const { asked, hub, listen } = setUp();
    const first = listen('ann');
    const second = listen('ann');
    expect(asked).toHaveLength(1);
    first.stop();
    second.stop();
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await Promise.all([first.done, second.done]);
    expect([hub.user('ann'), hub.conversation('c')]).toEqual([undefined, undefined]);
    const again = listen('ann');
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await again.done;
    expect(hub.conversation('c')?.members.size).toBe(1);
  });

  it('ends for everybody when too much was missed to read, until it is known who still belongs', async () => {
    const { asked, listen, tell, overrun } = setUp();
    const ann = listen('ann');
    const ben = listen('ben');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    // Somewhere in these changes ben was removed.
    await overrun(1_000);
    tell(said(1_001));
    await asked[2]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 1_001 }] });
    await asked[3]?.answer({ userChange: 2, conversations: [] });
    tell(said(1_002));
    expect(ann.items).toContainEqual({ type: 'resync' });
    expect(changes(ann.items)).toEqual([1_002]);
    expect(changes(ben.items)).toEqual([]);
  });

  it('of one who was away for a part of what the node missed begins where they came back, and they are told how far to ask', async () => {
    const { asked, listen, tell, repair } = setUp();
    const ann = listen('ann');
    const ben = listen('ben');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    // Ben left at 11 and was invited again at 13: his row tells of the latter alone.
    await repair([said(12), isIn(13, 'ben'), said(14)]);
    tell(said(15));
    expect(changes(ann.items)).toEqual([12, 13, 14, 15]);
    expect(changes(ben.items)).toEqual([14, 15]);
    expect(ben.items).toContainEqual({ type: 'positions', conversations: [{ id: 'c', change: 14 }] });
  });

  it('of one who was away for a part of what the node missed, and became another since they came back, begins only there', async () => {
    const { asked, listen, tell, repair } = setUp();
    const ann = listen('ann');
    const ben = listen('ben');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    // Ben left at 11, was invited again at 13, and inherited the group at 15: his row tells of the last alone.
    await repair([said(12), said(14), isOwner(15, 'ben'), said(16)]);
    tell(said(17));
    expect(changes(ann.items)).toEqual([12, 14, 15, 16, 17]);
    expect(changes(ben.items)).toEqual([16, 17]);
    expect(ben.items).toContainEqual({ type: 'positions', conversations: [{ id: 'c', change: 16 }] });
  });

  it('of one who is out after what the node missed ends before it, as they may have been out before', async () => {
    const { asked, listen, tell, repair } = setUp();
    const ann = listen('ann');
    const ben = listen('ben');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    // Ben left at 11, was invited again at 13, and left at 14.
    await repair([said(12), left(14, 'ben'), said(15)]);
    tell(said(16));
    expect(changes(ann.items)).toEqual([12, 14, 15, 16]);
    expect(ben.items).toEqual([{ type: 'positions', conversations: [{ id: 'c', change: 14 }] }]);
  });

  it('of one who left ends before the read positions that the node finds together with the leaving', async () => {
    const { asked, listen, ring } = setUp();
    const ann = listen('ann');
    const ben = listen('ben');
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    const read: ConversationRead = { type: 'conversation.read', conversationId: 'c', userId: 'ann', readSeq: 7 };
    await ring([left(11, 'ben'), said(12)], read);
    expect(ann.items).toContainEqual(read);
    expect(ben.items).not.toContainEqual(read);
  });

  it('of one who stopped and began anew outlives the failure of the first reading', async () => {
    const { asked, hub, listen } = setUp();
    const ann = listen('ann');
    const failed = expect(ann.done).rejects.toThrow('away');
    ann.stop();
    const again = ann.begin();
    await asked[0]?.fail();
    await failed;
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await again;
    expect(hub.conversation('c')?.members.size).toBe(1);
  });

  it('of one who stops and begins anew over and over is read once at a time, and what nobody waits for is not read', async () => {
    const { asked, hub, listen } = setUp();
    const ann = listen('ann');
    const begun = [ann.done];
    for (let n = 0; n < 5; n++) {
      ann.stop();
      begun.push(ann.begin());
    }
    await settled();
    expect(asked).toHaveLength(1);
    await asked[0]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await settled();
    expect(asked).toHaveLength(2);
    await asked[1]?.answer({ userChange: 1, conversations: [{ id: 'c', change: 10 }] });
    await Promise.all(begun);
    expect(asked).toHaveLength(2);
    expect(hub.conversation('c')?.members.size).toBe(1);
  });
});
