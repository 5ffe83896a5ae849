import { failureOf } from '@nexo/client';
import {
  type ConversationView,
  type ListMessagesResult,
  limits,
  newId,
  type SendMessageResult,
  type TextContent,
  type UserView,
} from '@nexo/shared';
import { contentDigest, digestOf, itemOf } from '../history/digest.ts';
import { type Line, nowMicros } from '../history/line.ts';
import { type ActKind, acts, isAct, ofAdmins, recentSeq } from './acts.ts';
import { groupsOf, pickFrom } from './choose.ts';
import { Device } from './device/device.ts';
import { failedBy, outcomeOf } from './device/outcome.ts';
import { atTheDoor, type DoorDeed, type Doors, isDoorDeed, rush } from './doors.ts';
import { forward } from './forward.ts';
import { shortLived } from './group-acts.ts';
import { createGroup, invite, leave, openDirect } from './memberships.ts';
import { call, callMaxMs, Refused } from './past-engine.ts';
import type { Move } from './plan.ts';
import { askReceipts } from './receipts.ts';
import { relate } from './relations.ts';

/** Times that a message sent to two nodes at once is sent again until somebody answers. */
const twiceTries = 3;
const devicesMax = 3;
const awayMaxMs = 6_000;
/** Nobody keeps everybody quiet for longer. */
const muteAllMaxMs = 4_000;
/** A group that is made to be dismissed lives so long at most. */
const shortLifeMaxMs = 12_000;
/** Whoever applies is answered so soon at least, if somebody is there. */
const decideMaxMs = 2_000;

export interface PersonOptions {
  id: string;
  /** Good for the whole trial: for what is done past the engine. */
  accessToken: string;
  sessions: string[];
  nodes: readonly string[];
  everybody: readonly string[];
  seed: number;
  doors: Doors;
  write(line: Line): void;
}

/** Somebody with some devices, who does what the plan says. */
export class Person {
  readonly #options: PersonOptions;
  readonly devices: Device[] = [];
  #made = 0;
  #said = 0;
  /** What is under way past the engine. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(options: PersonOptions, devices: number) {
    this.#options = options;
    for (let i = 0; i < devices; i++) this.addDevice(i);
    options.doors.onDoor((door, choice) => {
      const device = pickFrom(this.devices, choice);
      if (device !== undefined) this.#run(rush(device, door, choice, options.write));
    });
  }

  get id(): string {
    return this.#options.id;
  }

  addDevice(node: number): Device {
    const { id: user, sessions, nodes, write, seed } = this.#options;
    const device = new Device({ user, index: this.#made++, seed, nodes, sessions, write });
    this.devices.push(device);
    device.start(node % nodes.length);
    return device;
  }

  /** Everything that was switched off or away is back. */
  wakeUp(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const device of this.devices) {
      device.setOnline(true);
      device.start(device.node);
    }
  }

  /** Resolves when nothing is under way any more that will be answered: a device whose power was cut waits for ever. */
  async settled(): Promise<void> {
    const isOver = Promise.allSettled([...this.#running]);
    await Promise.race([isOver, new Promise((resolve) => setTimeout(resolve, callMaxMs))]);
  }

  do({ kind, choices }: Move): void {
    const [a, b, c] = choices;
    const { write } = this.#options;
    const device = pickFrom(this.devices, a);
    if (device === undefined) return;
    switch (kind) {
      case 'send':
        this.#send(device, b, {});
        break;
      case 'reply':
        this.#send(device, b, { quote: c });
        break;
      case 'mention':
        this.#send(device, b, { mention: c });
        break;
      case 'sendOutside':
        this.#sendOutside(device, b);
        break;
      case 'sendTwice':
        this.#run(this.#sendTwice(device, pickFrom(device.writable(), b)?.id, c));
        break;
      case 'markRead':
        this.#markRead(device, b, c);
        break;
      case 'readPage':
        this.#run(this.#readPage(device, b, c));
        break;
      case 'scroll':
        this.#run(this.#scroll(device, b));
        break;
      case 'type':
        this.#type(device, b);
        break;
      case 'createGroup':
        this.#run(createGroup(device, this.#others(), b, c, write));
        break;
      case 'openDirect':
        this.#run(openDirect(device, this.#others(), b, write));
        break;
      case 'invite':
        this.#run(invite(device, this.#others(), b, c, write));
        break;
      case 'leave':
        this.#run(leave(device, b, write));
        break;
      case 'profile':
        this.#run(this.#rename(device, b));
        break;
      case 'loseNetwork':
        device.setOnline(false);
        this.#later(b * awayMaxMs, () => device.setOnline(true));
        break;
      case 'switchOff':
        device.drop('offline');
        this.#later(b * awayMaxMs, () => device.start(device.node));
        break;
      case 'reload':
        device.drop('reload');
        device.start(device.node);
        break;
      case 'changeNode':
        device.drop('reload');
        device.start(Math.floor(b * this.#options.nodes.length));
        break;
      case 'newDevice':
        this.#newDevice(b);
        break;
      case 'forward':
        this.#run(forward(device, choices, write));
        break;
      case 'receipts':
        this.#run(askReceipts(device, choices, write));
        break;
      default:
        if (isAct(kind)) this.#run(this.#act(device, kind, choices));
        else if (isDoorDeed(kind)) {
          const deed = atTheDoor(device, kind, choices, this.#others(), this.#options.doors, write);
          this.#run(deed.then((made) => made !== undefined && this.#seeTo(device, kind, made, [b, c])));
        } else this.#run(relate(device, kind, this.#others(), b, write));
    }
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }

  #run(work: Promise<unknown>): void {
    this.#running.add(work);
    const done = () => this.#running.delete(work);
    work.then(done, done);
  }

  #text(): string {
    return `${this.id} says ${this.#said++} ✓`;
  }

  #send(device: Device, which: number, how: { quote?: number; mention?: number }): void {
    const view = pickFrom(device.writable(), which);
    if (view === undefined) return;
    const replyTo = how.quote === undefined ? undefined : recentSeq(view, how.quote);
    device.send(view.id, how.mention === undefined ? textOf(this.#text()) : this.#mentioning(how.mention), replyTo);
  }

  /** Mostly somebody, at times all, which in a group only admins may. */
  #mentioning(whom: number): TextContent {
    if (whom < 0.2) return { type: 'text', text: `@all ${this.#text()}`, mentionsAll: true };
    const userId = pickFrom(this.#others(), whom) ?? this.id;
    return { type: 'text', text: `@${userId} ${this.#text()}`, mentions: [{ userId, name: userId }] };
  }

  /** Past the engine, which does not offer it: whoever may not is refused by the server. */
  #sendOutside(device: Device, which: number): void {
    const view = pickFrom(device.outside(), which);
    if (view !== undefined) this.#run(this.#sendTwice(device, view.id, which));
  }

  async #act(device: Device, kind: ActKind, choices: Move['choices'], place?: ConversationView): Promise<void> {
    const { client, by } = device;
    const [, which, what] = choices;
    // Where one has something to say, more often than not.
    const groups = groupsOf(device).filter(({ me }) => me.role !== 'member');
    const places = what < 0.7 && ofAdmins.has(kind) ? groups : this.#placesOf(device, kind);
    const view = place ?? pickFrom(places, which);
    // The third number once more, stretched: what chose the place does not choose the thing.
    const made = view && acts[kind](view, [which, what, (what * 1e3) % 1], device, this.#others());
    if (client === null || made === undefined) return;
    const { conversationId, run, ...facts } = made;
    const { write } = this.#options;
    const line = { by, in: conversationId, op: 'act' as const, ...facts };
    const from = nowMicros();
    write({ ...line, t: from, phase: 'invoke' });
    try {
      await run(client);
      write({ ...line, t: nowMicros(), phase: 'ok', from });
      // As soon as it may be; where that fails somebody else will do it.
      if (kind === 'muteAll') this.#later(which * muteAllMaxMs, () => this.#actIn(device, 'unmuteAll', conversationId));
    } catch (error) {
      write({ ...line, t: nowMicros(), ...failedBy(error), from });
    }
  }

  #placesOf(device: Device, kind: ActKind): readonly ConversationView[] {
    if (kind === 'private') return device.writable('direct');
    if (kind !== 'dismiss') return device.writable();
    const short = device.writable('group').filter(({ title }) => title === shortLived);
    const own = short.filter(({ me }) => me.role === 'owner');
    return own.length > 0 ? own : short;
  }

  /** What a group was made for: one is dismissed, of another those who apply are let in and refused. */
  #seeTo(device: Device, kind: DoorDeed, made: string, [b, c]: readonly [number, number]): void {
    if (kind === 'makeShort') this.#later(b * shortLifeMaxMs, () => this.#actIn(device, 'dismiss', made));
    const { doors, write } = this.#options;
    const decide = (deed: DoorDeed) => () => this.#run(atTheDoor(device, deed, [b, c, b], this.#others(), doors, write));
    if (kind !== 'makeDoor') return;
    for (const deed of ['accept', 'refuse', 'accept'] as const) this.#later((b + c) * decideMaxMs, decide(deed));
  }

  #actIn(device: Device, kind: ActKind, conversationId: string): void {
    const view = device.view(conversationId);
    if (view !== undefined) this.#run(this.#act(device, kind, [0, 0, 0], view));
  }

  #markRead(device: Device, which: number, how: number): void {
    const view = pickFrom(device.writable(), which);
    // Mostly everything, at times only a part of it.
    if (view !== undefined) device.client?.conversations.markRead(view.id, how < 0.7 ? view.head.seq : recentSeq(view, how));
  }

  #type(device: Device, which: number): void {
    const view = pickFrom(device.writable(), which);
    if (view === undefined || device.client === null) return;
    device.client.messages.typing(view.id);
    this.#options.write({ t: nowMicros(), by: device.by, in: view.id, op: 'typing', event: 'pressed' });
  }

  async #scroll(device: Device, which: number): Promise<void> {
    const view = pickFrom(device.writable(), which);
    if (view === undefined || device.client === null) return;
    await device.lookAt(view.id);
    await device.client?.conversations.loadBefore(view.id).catch(() => {});
  }

  #newDevice(where: number): void {
    const { nodes, sessions } = this.#options;
    if (sessions.length <= 2) return;
    if (this.devices.length >= devicesMax) this.devices.shift()?.drop('abandoned');
    this.addDevice(Math.floor(where * nodes.length));
  }

  /** One clientMessageId, twice at the same moment, at two nodes; again until somebody answers. */
  async #sendTwice(device: Device, conversationId: string | undefined, where: number): Promise<void> {
    if (conversationId === undefined) return;
    const { nodes, write } = this.#options;
    const content = textOf(this.#text());
    const input = { conversationId, clientMessageId: newId(), content };
    const by = `${device.by}`;
    const line = { by, in: conversationId, op: 'send' as const, id: input.clientMessageId };
    write({ ...line, t: nowMicros(), phase: 'invoke', via: 'twice', content: contentDigest(content, undefined) });
    const first = Math.floor(where * nodes.length);
    const second = (first + 1) % nodes.length;
    for (let tries = 0; tries < twiceTries; tries++) {
      const outcomes = await Promise.all(
        [first, second].map(async (node) => {
          const from = nowMicros();
          write({ ...line, t: from, phase: 'attempt' });
          try {
            const { message, deduplicated } = await call<SendMessageResult>(this.#address(node), 'messages.send', input, 'POST');
            const { seq, change } = message;
            const t = nowMicros();
            write({ ...line, t, phase: 'ok', seq, change, digest: digestOf(message), deduplicated, ms: (t - from) / 1000 });
            return true;
          } catch (error) {
            const t = nowMicros();
            const outcome = outcomeOf(error instanceof Refused ? error.data : undefined);
            const failed = { ...line, t, code: outcome.code, ms: (t - from) / 1000 };
            if (outcome.phase === 'info') write({ ...failed, phase: 'info' });
            else write({ ...failed, phase: 'fail', retryable: outcome.retryable });
            return outcome.phase === 'fail' && !outcome.retryable;
          }
        }),
      );
      if (outcomes.some((isDecided) => isDecided)) return;
    }
  }

  async #readPage(device: Device, which: number, where: number): Promise<void> {
    const view = pickFrom(device.writable(), which);
    if (view === undefined) return;
    const { nodes, write } = this.#options;
    const node = Math.floor(where * nodes.length);
    const from = nowMicros();
    const input = { conversationId: view.id, limit: limits.latestPageMessages };
    const page = await call<ListMessagesResult>(this.#address(node), 'messages.list', input, 'GET');
    const head = [page.head.seq, page.head.change] as const;
    const { hasBefore } = page;
    const items = page.items.map(itemOf);
    write({ t: nowMicros(), by: device.by, in: view.id, op: 'page', from, node, head, hasBefore, items });
  }

  async #rename(device: Device, what: number): Promise<void> {
    const { client, by } = device;
    if (client === null) return;
    const displayName = `${this.id} ${Math.floor(what * 1_000)}`;
    const from = nowMicros();
    const { write } = this.#options;
    const line = { by, op: 'profile' as const, displayName };
    const tell = (phase: 'ok' | 'fail' | 'info') => write({ ...line, t: nowMicros(), phase, from });
    write({ ...line, t: from, phase: 'invoke' });
    try {
      const user: UserView = await client.users.update({ displayName });
      tell(user.displayName === displayName ? 'ok' : 'info');
    } catch (error) {
      tell(failureOf(error).kind === 'refused' ? 'fail' : 'info');
    }
  }

  #address(node: number) {
    return { url: this.#options.nodes[node] ?? '', accessToken: this.#options.accessToken };
  }

  #others(): string[] {
    return this.#options.everybody.filter((id) => id !== this.id);
  }
}

function textOf(text: string): TextContent {
  return { type: 'text', text };
}
