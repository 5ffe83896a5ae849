import { limits } from '@nexo/shared';

export interface HeartbeatOptions {
  ping(): void;
  /** The peer has answered neither of the last two pings. */
  dead(): void;
  /** False while this side does not read, so that an answer could not be seen. */
  listening(): boolean;
  everyMs?: number;
  random?: () => number;
}

const missedMax = 2;
/** The interval varies by this share, so that a crowd that came together does not stay in step. */
const spread = 0.2;

/** Finds out whether anybody is still at the other end of a connection that may be half open. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #missed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#arm();
  }

  /** Pings since the peer was last heard of. */
  get missed(): number {
    return this.#missed;
  }

  /** The peer was heard of. */
  alive(): void {
    this.#missed = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    const { everyMs = limits.pingEveryMs, random = Math.random } = this.#options;
    this.#timer = setTimeout(() => this.#beat(), everyMs * (1 - spread + random() * spread * 2));
    this.#timer.unref();
  }

  #beat(): void {
    if (this.#missed >= missedMax) {
      this.#options.dead();
      return;
    }
    if (this.#options.listening()) this.#missed++;
    this.#options.ping();
    this.#arm();
  }
}
