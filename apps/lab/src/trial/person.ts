import { failureOf } from '@nexo/client';
import { type ListMessagesResult, limits, type MessageContent, newId, type SendMessageResult, type UserView } from '@nexo/shared';
import { contentDigest, digestOf, itemOf } from '../history/digest.ts';
import { type Line, nowMicros } from '../history/line.ts';
import { Device } from './device/device.ts';
import { outcomeOf } from './device/outcome.ts';
import type { Move } from './plan.ts';

/** A call past the engine is given up after this long. */
const callMaxMs = 10_000;
/** Times that a message sent to two nodes at once is sent again until somebody answers. */
const twiceTries = 3;
const devicesMax = 3;
const awayMaxMs = 6_000;

export interface PersonOptions {
  id: string;
  /** Good for the whole trial: for what is done past the engine. */
  accessToken: string;
  sessions: string[];
  nodes: readonly string[];
  everybody: readonly string[];
  seed: number;
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
    const device = pickFrom(this.devices, a);
    if (device === undefined) return;
    switch (kind) {
      case 'send':
        this.#send(device, b, undefined);
        break;
      case 'reply':
        this.#send(device, b, c);
        break;
      case 'sendTwice':
        this.#run(this.#sendTwice(device, b, c));
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
        this.#run(this.#createGroup(device, b, c));
        break;
      case 'openDirect':
        this.#run(this.#openDirect(device, b));
        break;
      case 'invite':
        this.#run(this.#invite(device, b, c));
        break;
      case 'leave':
        this.#run(this.#leave(device, b));
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

  #send(device: Device, which: number, quote: number | undefined): void {
    const view = pickFrom(device.writable(), which);
    if (view === undefined) return;
    device.send(view.id, this.#text(), quote === undefined ? undefined : seqOf(view, quote));
  }

  #markRead(device: Device, which: number, how: number): void {
    const view = pickFrom(device.writable(), which);
    // Mostly everything, at times only a part of it.
    if (view !== undefined) device.client?.conversations.markRead(view.id, how < 0.7 ? view.head.seq : seqOf(view, how));
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
    await device.client.conversations.open(view.id);
    await device.client?.conversations.loadBefore(view.id).catch(() => {});
  }

  #newDevice(where: number): void {
    const { nodes, sessions } = this.#options;
    if (sessions.length <= 2) return;
    if (this.devices.length >= devicesMax) this.devices.shift()?.drop('abandoned');
    this.addDevice(Math.floor(where * nodes.length));
  }

  /** One clientMessageId, twice at the same moment, at two nodes; again until somebody answers. */
  async #sendTwice(device: Device, which: number, where: number): Promise<void> {
    const view = pickFrom(device.writable(), which);
    if (view === undefined) return;
    const { nodes, write } = this.#options;
    const content: MessageContent = { type: 'text', text: this.#text() };
    const input = { conversationId: view.id, clientMessageId: newId(), content };
    const by = `${device.by}`;
    const line = { by, in: view.id, op: 'send' as const, id: input.clientMessageId };
    write({ ...line, t: nowMicros(), phase: 'invoke', via: 'twice', content: contentDigest(content, undefined) });
    const first = Math.floor(where * nodes.length);
    const second = (first + 1) % nodes.length;
    for (let tries = 0; tries < twiceTries; tries++) {
      const outcomes = await Promise.all(
        [first, second].map(async (node) => {
          const from = nowMicros();
          write({ ...line, t: from, phase: 'attempt' });
          try {
            const { message, deduplicated } = await this.#call<SendMessageResult>(node, 'messages.send', input, 'POST');
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
    const page = await this.#call<ListMessagesResult>(node, 'messages.list', input, 'GET');
    const head = [page.head.seq, page.head.change] as const;
    const { hasBefore } = page;
    const items = page.items.map(itemOf);
    write({ t: nowMicros(), by: device.by, in: view.id, op: 'page', from, node, head, hasBefore, items });
  }

  async #createGroup(device: Device, which: number, size: number): Promise<void> {
    const others = this.#others();
    const memberIds = others.filter(
      (_, i) => ((i * 7 + Math.floor(which * 97)) % others.length) / others.length < 0.2 + size / 2,
    );
    const { client, by } = device;
    if (client === null) return;
    const from = nowMicros();
    try {
      const { id } = await client.groups.create({ name: `Group of ${this.id}`, memberIds });
      const t = nowMicros();
      const users = [this.id, ...memberIds];
      this.#options.write({ t, by, in: id, op: 'create', phase: 'ok', users, from });
    } catch {
      // Nobody knows its id: what came of it is found in the database.
    }
  }

  async #openDirect(device: Device, which: number): Promise<void> {
    const other = pickFrom([this.id, ...this.#others()], which) ?? this.id;
    const { client, by } = device;
    if (client === null) return;
    const from = nowMicros();
    try {
      const { id } = await client.conversations.openDirect(other);
      const t = nowMicros();
      this.#options.write({ t, by, in: id, op: 'openDirect', phase: 'ok', users: [this.id, other], from });
    } catch {
      // As above.
    }
  }

  async #invite(device: Device, which: number, whom: number): Promise<void> {
    const { client } = device;
    const view = pickFrom(groupsOf(device), which);
    const other = pickFrom(this.#others(), whom);
    if (view === undefined || other === undefined || client === null) return;
    await this.#membership(device, 'invite', view.id, [other], async () => {
      const { addedUserIds } = await client.trpc.groups.invite.mutate({ conversationId: view.id, userIds: [other] });
      return addedUserIds;
    });
  }

  async #leave(device: Device, which: number): Promise<void> {
    const { client } = device;
    // The largest group, with everybody in it, is not left: there is always one busy place.
    const view = pickFrom(
      groupsOf(device).filter((group) => group.title !== 'Everybody'),
      which,
    );
    if (view === undefined || client === null) return;
    await this.#membership(device, 'leave', view.id, [this.id], async () => {
      await client.groups.leave(view.id);
      return [this.id];
    });
  }

  async #membership(
    device: Device,
    op: 'invite' | 'leave',
    id: string,
    users: string[],
    work: () => Promise<string[]>,
  ): Promise<void> {
    const { write } = this.#options;
    const { by } = device;
    const from = nowMicros();
    write({ t: from, by, in: id, op, phase: 'invoke', users });
    try {
      const came = await work();
      const t = nowMicros();
      write({ t, by, in: id, op, phase: 'ok', users: came, from });
    } catch (error) {
      const t = nowMicros();
      const failure = failureOf(error);
      const isKnown =
        failure.kind === 'refused' && outcomeOf({ code: failure.code, retryable: failure.retryable }).phase === 'fail';
      const code = failure.kind === 'refused' ? failure.code : 'NO_ANSWER';
      write({ t, by, in: id, op, phase: isKnown ? 'fail' : 'info', users, code, from });
    }
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

  #others(): string[] {
    return this.#options.everybody.filter((id) => id !== this.id);
  }

  /** Past the engine, over HTTP. */
  async #call<T>(node: number, path: string, input: unknown, method: 'GET' | 'POST'): Promise<T> {
    const query = method === 'GET' ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
    const response = await fetch(`${this.#options.nodes[node]}/trpc/${path}${query}`, {
      method,
      headers: { authorization: `Bearer ${this.#options.accessToken}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(callMaxMs),
      ...(method === 'POST' ? { body: JSON.stringify(input) } : {}),
    });
    const answer = (await response.json()) as { result?: { data: T }; error?: { data?: { nexo?: Refused['data'] } } };
    if (answer.result !== undefined) return answer.result.data;
    throw new Refused(answer.error?.data?.nexo);
  }
}

class Refused extends Error {
  readonly data: Parameters<typeof outcomeOf>[0];
  constructor(data: Parameters<typeof outcomeOf>[0]) {
    super(data?.code ?? 'refused');
    this.data = data;
  }
}

function pickFrom<T>(items: readonly T[], choice: number): T | undefined {
  return items[Math.floor(choice * items.length)];
}

function groupsOf(device: Device) {
  return device.writable().filter((view) => view.kind === 'group');
}

/** A seq that this person may read, near the end more often than not. */
function seqOf(view: { head: { seq: number }; me: { visible: { from: number; to: number | null }[] } }, choice: number): number {
  const from = view.me.visible.at(-1)?.from ?? 1;
  return Math.max(from, view.head.seq - Math.floor(choice * choice * 20));
}
