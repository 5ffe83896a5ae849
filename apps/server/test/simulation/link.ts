import { EventEmitter } from 'node:events';
import type { WebSocketLike } from '@nexo/client';
import type { Random } from './random.ts';
import type { Actor, Scheduler } from './scheduler.ts';

/** What is done to the frames of one direction. */
export interface Mischief {
  lose: number;
  repeat: number;
  /** The next frame is kept back until another has overtaken it. */
  swap: number;
}

/** What the wire reports as not taken while its peer does not read, beside what really waits there. */
export interface Stall {
  phantomBytes: number;
}

/** Above this much that is not taken, a write asks to wait. As of a socket of Node. */
const highWaterBytes = 16 * 1024;

type SocketListener = (event: never) => void;

/**
 * One connection between a device and a node: two directions of frames in order, each with a delay of its own; it can be cut,
 * lose its peer without a word, stop being read, and do mischief to frames.
 */
export class Link implements WebSocketLike {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly device: Actor;
  readonly wire: SimulatedWire;
  readonly ws: SimulatedServerSocket;
  readonly mischief: { up: Mischief; down: Mischief };
  readonly #latencyMaxMs: number;
  /** Frames vanish in both directions, and nobody is told. */
  isHalfOpen = false;
  stall: Stall | undefined;
  #node: Actor | undefined;
  #clientState: 'connecting' | 'open' | 'closed' = 'connecting';
  #listeners = new Map<string, SocketListener[]>();
  #stalled: string[] = [];
  #swapped = new Map<'up' | 'down', () => void>();
  #arrivals = { up: 0, down: 0 };

  constructor(options: { scheduler: Scheduler; random: Random; device: Actor; latencyMaxMs: number }) {
    this.scheduler = options.scheduler;
    this.random = options.random;
    this.device = options.device;
    this.#latencyMaxMs = options.latencyMaxMs;
    this.mischief = { up: { lose: 0, repeat: 0, swap: 0 }, down: { lose: 0, repeat: 0, swap: 0 } };
    this.wire = new SimulatedWire(this);
    this.ws = new SimulatedServerSocket(this);
  }

  get isClosed(): boolean {
    return this.#clientState === 'closed' && this.ws.readyState === 3;
  }

  /** Who runs the node's end; nobody yet while it connects. */
  get nodeActor(): Actor | undefined {
    return this.#node;
  }

  // The device's end.

  addEventListener(type: string, listener: SocketListener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(text: string): void {
    if (this.#clientState !== 'open') return;
    this.#carry('up', text, () => this.ws.receive(text));
  }

  close(code = 1005): void {
    if (this.#clientState === 'closed') return;
    this.#toNode('closed by the device', () => this.ws.ended(code));
    this.#clientState = 'closed';
    // The closing handshake comes back when somebody is there.
    this.scheduler.after(this.device, this.#latencyMs() * 2, 'socket closed', () => this.#tell('close', { code, reason: '' }));
  }

  // The network.

  /** The handshake succeeded; false when it was given up before. */
  open(node: Actor): boolean {
    if (this.#clientState !== 'connecting' || this.isHalfOpen) return false;
    this.#node = node;
    this.#clientState = 'open';
    this.ws.readyState = 1;
    this.#tell('open', undefined);
    return true;
  }

  /** Nobody is there. */
  refuse(): void {
    this.endClient(1006);
  }

  /** Both sides find out, each in its time. What is on the way is lost. */
  cut(): void {
    this.isHalfOpen = true;
    const { scheduler, device } = this;
    scheduler.after(device, this.#latencyMs(), 'connection reset', () => this.endClient(1006));
    if (this.#node !== undefined) scheduler.after(this.#node, this.#latencyMs(), 'connection reset', () => this.ws.ended(1006));
  }

  endClient(code: number): void {
    if (this.#clientState === 'closed') return;
    this.#clientState = 'closed';
    this.#tell('close', { code, reason: '' });
  }

  /** The device is gone: only the node hears of it, if anybody does. */
  vanish(isHeard: boolean): void {
    this.#clientState = 'closed';
    if (isHeard) this.#toNode('peer vanished', () => this.ws.ended(1006));
    else this.isHalfOpen = true;
  }

  /** The node is gone: only the device hears of it, if anybody does. */
  vanishNode(isHeard: boolean): void {
    this.ws.readyState = 3;
    if (isHeard) this.scheduler.after(this.device, this.#latencyMs(), 'node vanished', () => this.endClient(1006));
    this.isHalfOpen = true;
  }

  /** The device reads again. */
  unstall(): void {
    if (this.stall === undefined) return;
    const { phantomBytes } = this.stall;
    this.stall = undefined;
    const frames = this.#stalled;
    this.#stalled = [];
    for (const frame of frames) this.#deliverDown(frame);
    this.wire.taken(phantomBytes);
  }

  // The node's end.

  down(frame: string): void {
    if (this.stall !== undefined) {
      this.#stalled.push(frame);
      return;
    }
    this.#deliverDown(frame);
  }

  /** The node closes: what it wrote before still arrives. */
  closeFromNode(code: number): void {
    this.#carry('down', `close ${code}`, () => this.endClient(code));
  }

  /** A ping, which the platform of the device answers by itself as long as it runs. */
  ping(): void {
    this.#carry('down', 'ping', () => this.#carry('up', 'pong', () => this.ws.emit('pong')));
  }

  #deliverDown(frame: string): void {
    this.#carry('down', frame, () => {
      if (this.#clientState === 'open') this.#tell('message', { data: frame });
    });
  }

  #carry(direction: 'up' | 'down', frame: string, arrive: () => void): void {
    if (this.isHalfOpen) return;
    const mischief = this.mischief[direction];
    if (mischief.lose > 0 && !isNote(frame)) {
      mischief.lose--;
      this.scheduler.note(`network: lost ${frame}`);
      return;
    }
    if (mischief.swap > 0 && !this.#swapped.has(direction)) {
      mischief.swap--;
      this.#swapped.set(direction, () => this.#arrive(direction, frame, arrive));
      return;
    }
    this.#arrive(direction, frame, arrive);
    if (mischief.repeat > 0) {
      mischief.repeat--;
      this.#arrive(direction, frame, arrive);
    }
    const overtaken = this.#swapped.get(direction);
    this.#swapped.delete(direction);
    overtaken?.();
  }

  #arrive(direction: 'up' | 'down', frame: string, arrive: () => void): void {
    const { scheduler } = this;
    const to = direction === 'up' ? this.#node : this.device;
    if (to === undefined) return;
    const atMs = Math.max(this.#arrivals[direction], scheduler.nowMs + this.#latencyMs());
    this.#arrivals[direction] = atMs;
    scheduler.after(to, atMs - scheduler.nowMs, `${direction} ${frame}`, () => {
      if (!this.isHalfOpen) arrive();
    });
  }

  #toNode(what: string, work: () => void): void {
    if (this.#node === undefined || this.isHalfOpen) return;
    const atMs = Math.max(this.#arrivals.up, this.scheduler.nowMs + this.#latencyMs());
    this.scheduler.after(this.#node, atMs - this.scheduler.nowMs, what, () => {
      if (!this.isHalfOpen) work();
    });
  }

  #latencyMs(): number {
    return this.random() * (this.random.chance(0.05) ? this.#latencyMaxMs * 10 : this.#latencyMaxMs);
  }

  #tell(type: string, event: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}

/** A note finds a lost frame out. Were it lost as well, nothing would before something moves again. */
function isNote(frame: string): boolean {
  return frame.includes('"type":"positions"') || frame.includes('"type":"resync"');
}

/** The network socket under the node's end, as far as the queue of a session looks at it. */
export class SimulatedWire extends EventEmitter {
  readonly #link: Link;
  #untakenBytes = 0;
  #mustDrain = false;

  constructor(link: Link) {
    super();
    this.#link = link;
  }

  get writableLength(): number {
    return this.#untakenBytes + (this.#link.stall?.phantomBytes ?? 0);
  }

  readonly writableHighWaterMark = highWaterBytes;

  write(bytes: Buffer): boolean {
    const { stall } = this.#link;
    // Several frames may leave in one write; the line breaks between them stand for the headers of real ones.
    for (const frame of bytes.toString().trimEnd().split('\n')) this.#link.down(frame);
    if (stall === undefined) return true;
    this.#untakenBytes += bytes.length;
    const isFull = this.writableLength >= highWaterBytes;
    this.#mustDrain ||= isFull;
    return !isFull;
  }

  cork(): void {}
  uncork(): void {}

  /** The peer has taken everything. What only seemed to be there had been written, too. */
  taken(phantomBytes: number): void {
    this.#untakenBytes = 0;
    if (!this.#mustDrain && phantomBytes < highWaterBytes) return;
    this.#mustDrain = false;
    this.emit('drain');
  }
}

/** The node's end as `ws` would show it. */
export class SimulatedServerSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState: 0 | 1 | 2 | 3 = 0;
  readonly #link: Link;
  #isPaused = false;
  #unread: string[] = [];

  constructor(link: Link) {
    super();
    this.#link = link;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const unread = this.#unread;
    this.#unread = [];
    for (const text of unread) this.receive(text);
  }

  receive(text: string): void {
    if (this.readyState !== 1) return;
    if (this.#isPaused) this.#unread.push(text);
    else this.emit('message', text);
  }

  ping(): void {
    if (this.readyState === 1) this.#link.ping();
  }

  close(code: number): void {
    if (this.readyState !== 1) return;
    this.readyState = 2;
    this.#link.closeFromNode(code);
    this.#link.scheduler.after(this.#link.scheduler.current, 5, 'socket closed', () => this.ended(code));
  }

  terminate(): void {
    if (this.readyState === 3) return;
    this.#link.cut();
    this.ended(1006);
  }

  ended(code: number): void {
    if (this.readyState === 3 || this.readyState === 0) return;
    this.readyState = 3;
    this.emit('close', code);
  }
}
