import { randomUUID } from 'node:crypto';
import { type Bus, type BusListener, type BusMessage, type BusSubject, LocalBus, type Log, subjectOf } from '@nexo/api';
import { frameOf, messageLine, readHead, readMessages } from './frame.ts';
import { type ChannelFrame, openRedisLinks, type RedisLinks } from './redis-links.ts';

export interface RedisBusOptions {
  url: string;
  /** Keeps several systems on one Redis apart. */
  namespace: string;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  timing?: RedisBusTiming;
}

/** Times that tests shorten. */
export interface RedisBusTiming {
  tickMs?: number;
  echoMaxMs?: number;
  stuckMaxMs?: number;
}

/** By the hash of a conversation or a user. The same in every version, or nodes of two versions would not hear each other in order. */
const partitions = 64;
/** The road is looked at this often, and gets a beat when it was not used meanwhile. */
const tickMs = 250;
/** Whatever was sent is heard back within this, or the road counts as closed. */
const echoMaxMs = 1_000;
/** Connections over which nothing comes back for so long are thrown away and made anew. */
const stuckMaxMs = 5_000;
/** Sent and not heard back yet. Above it messages are dropped: Redis is too slow to be of use. */
const unheardMaxBytes = 4 * 1024 * 1024;
/**
 * The bus of several nodes: Redis Pub/Sub, as a doorbell. Every node hears every channel, and reads of a frame only what somebody
 * here wants. What this node publishes it hears at once by itself; what comes back of it from Redis is only the proof that
 * the road is open, both ways:
 *
 *     away ──a beat came back──► carrying ──closed, or something sent is not back after echoMaxMs──► away
 *
 * Away it drops: the tail of the doorbells finds everything that matters.
 */
export class RedisBus implements Bus {
  readonly #log: RedisBusOptions['log'];
  readonly #options: RedisBusOptions;
  /** Hands to the listeners of this node: its own messages and those of the others, in one order. */
  readonly #local: LocalBus;
  readonly #wants = new Set<(subject: BusSubject) => boolean>();
  readonly #changes = new Set<() => void>();
  readonly #sender = randomUUID();
  readonly #channels: string[];
  readonly #timer: NodeJS.Timeout;
  /** Lines of this turn by partition. */
  readonly #outgoing = new Map<number, string[]>();
  #outgoingChars = 0;
  /** When each frame that is not back yet was sent, and its size. Oldest first. */
  readonly #unheard = new Map<number, { partition: number; atMs: number; bytes: number }>();
  /** Partitions that did not answer in time. Until they do the road is closed, though the other shards of a cluster answer. */
  readonly #silent = new Set<number>();
  #unheardBytes = 0;
  #links: RedisLinks;
  #number = 0;
  #beats = 0;
  #flushing = false;
  #sentSinceTick = false;
  #carries = false;
  #awaySinceMs = performance.now();
  #lastFailure = '';
  #closed = false;

  constructor(options: RedisBusOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#local = new LocalBus(options.log);
    this.#channels = Array.from({ length: partitions }, (_, i) => `nexo:${options.namespace}:bus:${i}`);
    this.#links = this.#open();
    this.#timer = setInterval(() => this.#tick(), options.timing?.tickMs ?? tickMs);
    this.#timer.unref();
  }

  get carries(): boolean {
    return this.#carries;
  }

  onCarries(listener: () => void): () => void {
    const own = () => listener();
    this.#changes.add(own);
    return () => this.#changes.delete(own);
  }

  /** What went wrong last with the connections; empty when nothing did. */
  get failure(): string {
    return this.#lastFailure;
  }

  /** Resolves when it carries, or after `maxMs`; answers which. */
  async whenCarries(maxMs: number): Promise<boolean> {
    if (this.#carries) return true;
    let stop = () => {};
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      stop = this.onCarries(resolve);
      timer = setTimeout(resolve, maxMs);
    });
    stop();
    clearTimeout(timer);
    return this.#carries;
  }

  publish(messages: readonly BusMessage[]): void {
    this.#local.publish(messages);
    if (!this.#carries || this.#unheardBytes + this.#outgoingChars > unheardMaxBytes) return;
    for (const message of messages) this.#put(message);
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  subscribe(listener: BusListener, wants?: (subject: BusSubject) => boolean): () => void {
    const stop = this.#local.subscribe(listener);
    // Of its own, so that the same condition may be there twice.
    const own = wants === undefined ? () => true : (subject: BusSubject) => wants(subject);
    this.#wants.add(own);
    return () => {
      stop();
      this.#wants.delete(own);
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#flushing) this.#flush();
    this.#closed = true;
    clearInterval(this.#timer);
    this.#carries = false;
    this.#links.close();
    await this.#local.close();
  }

  #open(): RedisLinks {
    return openRedisLinks({
      url: this.#options.url,
      channels: this.#channels,
      heard: (payload) => this.#heard(payload),
      changed: () => this.#linksChanged(),
      failed: (error) => {
        this.#lastFailure = error.message;
      },
    });
  }

  #put(message: BusMessage): void {
    const partition = partitionOf(subjectOf(message).id);
    const line = messageLine(message);
    this.#outgoingChars += line.length;
    const lines = this.#outgoing.get(partition);
    if (lines === undefined) this.#outgoing.set(partition, [line]);
    else lines.push(line);
  }

  #flush(): void {
    this.#flushing = false;
    const frames: ChannelFrame[] = [];
    for (const [partition, lines] of this.#outgoing) frames.push(this.#frame(partition, lines));
    this.#forgetOutgoing();
    this.#send(frames);
  }

  #frame(partition: number, lines: readonly string[]): ChannelFrame {
    const number = ++this.#number;
    const payload = frameOf({ sender: this.#sender, number }, lines);
    this.#unheard.set(number, { partition, atMs: performance.now(), bytes: payload.length });
    this.#unheardBytes += payload.length;
    return { channel: this.#channels[partition] ?? '', payload };
  }

  #send(frames: readonly ChannelFrame[]): void {
    if (this.#closed || frames.length === 0) return;
    this.#sentSinceTick = true;
    this.#links.publish(frames);
  }

  #heard(payload: Buffer): void {
    const { sender, number } = readHead(payload);
    if (sender === this.#sender) {
      this.#echo(number);
      return;
    }
    let messages: BusMessage[];
    try {
      messages = readMessages(payload, (subject) => this.#isWanted(subject));
    } catch (error) {
      this.#log.warn({ error, sender }, 'a message of another node could not be read');
      return;
    }
    this.#local.publish(messages);
  }

  #isWanted(subject: BusSubject): boolean {
    for (const wants of this.#wants) if (wants(subject)) return true;
    return false;
  }

  #echo(number: number): void {
    const sent = this.#unheard.get(number);
    if (sent === undefined) return;
    this.#unheard.delete(number);
    this.#unheardBytes -= sent.bytes;
    this.#silent.delete(sent.partition);
    if (this.#links.open && this.#silent.size === 0) this.#become(true);
  }

  #linksChanged(): void {
    if (this.#closed) return;
    if (this.#links.open) this.#beat();
    else this.#become(false, this.#lastFailure || 'the connection was closed');
  }

  #tick(): void {
    const now = performance.now();
    const { echoMaxMs: echoMax = echoMaxMs, stuckMaxMs: stuckMax = stuckMaxMs } = this.#options.timing ?? {};
    for (const { partition, atMs } of this.#unheard.values()) {
      if (now - atMs <= echoMax) break;
      this.#silent.add(partition);
    }
    const [oldest] = this.#unheard.values();
    if (oldest !== undefined && now - oldest.atMs > echoMax) this.#become(false, 'Redis does not answer in time');
    if (!this.#carries && now - this.#awaySinceMs > stuckMax) {
      this.#awaySinceMs = now;
      this.#links.close();
      this.#forgetUnheard();
      this.#links = this.#open();
      return;
    }
    if (!this.#sentSinceTick && this.#links.open) this.#beat();
    this.#sentSinceTick = false;
  }

  /** One channel after the other, so that on a cluster every shard gets its turn; those that are silent are asked again. */
  #beat(): void {
    const asked = this.#silent.size > 0 ? [...this.#silent] : [this.#beats++ % partitions];
    this.#send(asked.map((partition) => this.#frame(partition, [])));
  }

  #become(carries: boolean, reason = ''): void {
    if (!carries) this.#forgetUnheard();
    if (this.#carries === carries) return;
    this.#carries = carries;
    this.#lastFailure = '';
    if (carries) this.#log.info({}, 'Redis carries messages between the nodes');
    else {
      this.#awaySinceMs = performance.now();
      this.#log.warn({ reason }, 'Redis is away: until it is back, the nodes find each other’s changes in the database');
    }
    for (const listener of [...this.#changes]) listener();
  }

  /** What was sent before counts as lost. */
  #forgetUnheard(): void {
    this.#unheard.clear();
    this.#unheardBytes = 0;
    this.#forgetOutgoing();
  }

  #forgetOutgoing(): void {
    this.#outgoing.clear();
    this.#outgoingChars = 0;
  }
}

/** FNV-1a. */
function partitionOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % partitions;
}
