import type { Duplex } from 'node:stream';
import { type CloseName, closeCodes, limits } from '@nexo/shared';
import type { WebSocket } from 'ws';
import { type Batch, type FrameMaker, Item } from './batch.ts';
import type { Flushable, Flusher } from './flusher.ts';
import type { Listener } from './hub.ts';

const resync = new Item({ type: 'resync' });
/** Up to here frames that leave together are copied into one: cheaper than a list of them for the system. */
const joinedMaxBytes = 16 * 1024;
/** Who waits for an answer does not wait longer than this for events of a large group to gather. */
const answerWaitMaxMs = 4;

export interface SocketSessionOptions {
  ws: WebSocket;
  /** The network socket under `ws`: frames are written to it directly. */
  wire: Duplex;
  frames: FrameMaker;
  flusher: Flusher;
  /** The empty batch of the gateway. */
  emptyBatch: Batch;
  /** How long a dirty socket may take to drain. */
  drainMaxMs?: number;
  /** Asked to look again whether reading may go on. */
  onDrain?: () => void;
}

/**
 * The outbound side of one socket: a bounded queue of items, and the wire.
 *
 *   clear ──write is not taken at once──► blocked ──queue above the hard bound──► dirty
 *     ▲                                      │                                      │
 *     └────────────── drained ───────────────┘                                      │
 *     └────────────── drained: one `resync` ────────────────────────────────────────┘
 *   dirty ──not drained within drainMaxMs──► closed with SLOW_CONSUMER
 *
 * Blocked: items wait in our own queue and can still be forgotten. Dirty: they are forgotten as they come.
 */
export class SocketSession implements Listener, Flushable {
  readonly #ws: WebSocket;
  readonly #wire: Duplex;
  readonly #frames: FrameMaker;
  readonly #flusher: Flusher;
  readonly #emptyBatch: Batch;
  readonly #drainMaxMs: number;
  readonly #onDrain: () => void;

  /** JSON of the ids of live `sync.events` subscriptions. */
  #subscriptions: string[] = [];
  /** Full batches that wait for the wire, oldest first. */
  #queue: Batch[] = [];
  #pending: Batch;
  #queuedBytes = 0;
  /** Frames of answers that leave with the next flush, before the items. */
  #answers: Buffer[] = [];
  #answersBytes = 0;
  /** Of an answer that was larger than all that may be owed, until the wire has drained. */
  #excusedBytes = 0;
  #excusedTimer: NodeJS.Timeout | undefined;
  #scheduled = false;
  #hurried = false;
  #blocked = false;
  #dirty = false;
  #dirtyTimer: NodeJS.Timeout | undefined;
  #closeName: CloseName | undefined;

  constructor(options: SocketSessionOptions) {
    this.#ws = options.ws;
    this.#wire = options.wire;
    this.#frames = options.frames;
    this.#flusher = options.flusher;
    this.#emptyBatch = options.emptyBatch;
    this.#pending = options.emptyBatch;
    this.#drainMaxMs = options.drainMaxMs ?? limits.drainMaxMs;
    this.#onDrain = options.onDrain ?? (() => {});
    this.#wire.on('drain', () => this.#drained());
    this.#ws.once('close', () => this.#forget());
  }

  /** Why this side closed it, once it has. */
  get closedAs(): CloseName | undefined {
    return this.#closeName;
  }

  /** Bytes that the peer has not taken yet: ours and those given to the wire. */
  get outboundBytes(): number {
    return this.#queuedBytes + this.#answersBytes + this.#wire.writableLength;
  }

  /** Begins to send items under this subscription id. */
  subscribe(id: number | string): void {
    this.#subscriptions.push(JSON.stringify(id));
  }

  /** Stops; what is queued for the last subscription is forgotten. */
  unsubscribe(id: number | string): void {
    const key = JSON.stringify(id);
    this.#subscriptions = this.#subscriptions.filter((other) => other !== key);
    if (this.#subscriptions.length === 0) this.#forgetQueue();
  }

  /** Takes an item for sending soon. Never fails and never grows beyond its bound. */
  enqueue(item: Item): void {
    if (this.#dirty || this.#closeName !== undefined || this.#subscriptions.length === 0) return;
    if (this.#queuedBytes >= limits.outboundSoftMaxBytes || this.#blocked) {
      const outbound = this.outboundBytes;
      if (outbound > limits.outboundSoftMaxBytes && item.droppable) return;
      if (outbound + item.bytes > limits.outboundHardMaxBytes) {
        this.#becomeDirty();
        return;
      }
    }
    this.#pending = this.#pending.append(item);
    this.#queuedBytes += item.bytes;
    if (this.#pending.full) {
      this.#queue.push(this.#pending);
      this.#pending = this.#emptyBatch;
    }
    if (!this.#blocked) this.#schedule();
  }

  /** Called by the flusher: writes what has gathered, as far as the wire takes it. */
  flush(): void {
    this.#scheduled = false;
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    const [only, another] = this.#subscriptions;
    if (only === undefined || another !== undefined || this.#answers.length + this.#queue.length > 0) {
      this.#flushAll();
    } else if (!this.#blocked && this.#pending.length > 0) {
      // Most flushes of a large group come by here: one frame that a thousand sockets share, one write.
      const batch = this.#pending;
      this.#pending = this.#emptyBatch;
      this.#queuedBytes = 0;
      this.#blocked = !this.#wire.write(batch.frame(only, this.#frames));
    }
  }

  /** Sends an answer of a call soon, with whatever else goes to this socket. */
  respond(json: string): void {
    if (this.#closeName !== undefined || this.#ws.readyState !== this.#ws.OPEN) return;
    const frame = this.#frames.frame(Buffer.from(json));
    const owedBytes = this.#answersBytes + this.#wire.writableLength;
    this.#answers.push(frame);
    this.#answersBytes += frame.length;
    this.#schedule();
    this.#hurry();
    if (owedBytes + frame.length - this.#excusedBytes <= limits.outboundCeilingBytes) return;
    if (owedBytes < limits.outboundSoftMaxBytes) this.#excuse(frame.length);
    else this.close('SLOW_CONSUMER');
  }

  /** One answer that is too large by itself is not the reader's slowness: it has the time that a dirty socket has. */
  #excuse(bytes: number): void {
    this.#excusedBytes = bytes;
    clearTimeout(this.#excusedTimer);
    this.#excusedTimer = setTimeout(() => this.close('SLOW_CONSUMER'), this.#drainMaxMs);
  }

  /** Ends the socket with a row of the close-code table. The first reason stands. */
  close(name: CloseName): void {
    if (this.#closeName !== undefined) return;
    this.#closeName = name;
    // What was answered before is still said.
    if (this.#ws.readyState === this.#ws.OPEN) this.#write(this.#takeAnswers());
    this.#forget();
    this.#ws.close(closeCodes[name].code, name);
    const cut = setTimeout(() => this.#ws.terminate(), limits.closeMaxMs);
    this.#ws.once('close', () => clearTimeout(cut));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#flusher.add(this);
  }

  /** Lets an answer leave before the flusher's next pass, when that is far off. */
  #hurry(): void {
    if (this.#hurried || this.#flusher.restMs <= answerWaitMaxMs) return;
    this.#hurried = true;
    setImmediate(() => {
      this.#hurried = false;
      if (this.#ws.readyState === this.#ws.OPEN) this.#flushAll();
    });
  }

  /** Answers leave also when the wire is blocked: how many there are is bounded by what may be asked. */
  #flushAll(): void {
    const frames = this.#takeAnswers();
    let bytes = frames.reduce((sum, frame) => sum + frame.length, this.#wire.writableLength);
    while (!this.#blocked && bytes < this.#wire.writableHighWaterMark) {
      const batch = this.#takeBatch();
      if (batch === undefined) break;
      for (const id of this.#subscriptions) {
        const frame = batch.frame(id, this.#frames);
        frames.push(frame);
        bytes += frame.length;
      }
    }
    this.#write(frames);
  }

  /** One call for the system, however many frames there are. */
  #write(frames: Buffer[]): void {
    if (frames.length === 0) return;
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    if (bytes <= joinedMaxBytes) {
      if (!this.#wire.write(frames.length === 1 ? frames[0] : Buffer.concat(frames, bytes))) this.#blocked = true;
      return;
    }
    this.#wire.cork();
    for (const frame of frames) if (!this.#wire.write(frame)) this.#blocked = true;
    this.#wire.uncork();
  }

  #takeAnswers(): Buffer[] {
    const answers = this.#answers;
    this.#answers = [];
    this.#answersBytes = 0;
    return answers;
  }

  #takeBatch(): Batch | undefined {
    let batch = this.#queue.shift();
    if (batch === undefined) {
      if (this.#pending.length === 0) return undefined;
      batch = this.#pending;
      this.#pending = this.#emptyBatch;
    }
    this.#queuedBytes -= batch.bytes;
    return batch;
  }

  #becomeDirty(): void {
    this.#dirty = true;
    this.#forgetQueue();
    this.#dirtyTimer = setTimeout(() => this.close('SLOW_CONSUMER'), this.#drainMaxMs);
    // Nothing but our own queue was in the way: the wire is free already.
    if (!this.#blocked) this.#drained();
  }

  #drained(): void {
    this.#blocked = false;
    this.#excusedBytes = 0;
    clearTimeout(this.#excusedTimer);
    if (this.#dirty) {
      this.#dirty = false;
      clearTimeout(this.#dirtyTimer);
      this.enqueue(resync);
    } else {
      this.flush();
    }
    this.#onDrain();
  }

  #forgetQueue(): void {
    this.#queue = [];
    this.#pending = this.#emptyBatch;
    this.#queuedBytes = 0;
  }

  #forget(): void {
    clearTimeout(this.#dirtyTimer);
    clearTimeout(this.#excusedTimer);
    this.#forgetQueue();
  }
}
