import { limits } from '@nexo/shared';

export interface HeartbeatOptions {
  ping(): void;
  /** The peer has answered neither of the last two pings. */
  dead(): void;
  /** The peer has left a ping unanswered for long, or is heard of again after that. */
  silenceChanged(): void;
  /** False while this side does not read, so that an answer could not be seen. */
  listening(): boolean;
  everyMs?: number;
  random?: () => number;
}

const missedMax = 2;
/** After this share of an interval an answer is overdue. */
const answerShare = 0.6;
/** The interval varies by this share, so that a crowd that came together does not stay in step. */
const spread = 0.2;
/** Timers of equal length share a list, so a crowd has some dozens of lengths and not one each. */
const stepMs = 100;

/** Finds out whether anybody is still at the other end of a connection that may be half open. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #missed = 0;
  #aliveAt = performance.now();
  #isSilent = false;
  #timer: NodeJS.Timeout | undefined;
  #answerTimer: NodeJS.Timeout | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#arm();
  }

  /** Pings since the peer was last heard of. */
  get missed(): number {
    return this.#missed;
  }

  /** Milliseconds since the peer was last heard of, once it has left a ping unanswered for long; 0 otherwise. */
  get silentMs(): number {
    return this.#isSilent ? Math.max(1, Math.round(performance.now() - this.#aliveAt)) : 0;
  }

  /** The peer was heard of. */
  alive(): void {
    this.#missed = 0;
    this.#aliveAt = performance.now();
    if (this.#isSilent) this.#setSilent(false);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#answerTimer);
  }

  #setSilent(isSilent: boolean): void {
    this.#isSilent = isSilent;
    this.#options.silenceChanged();
  }

  #arm(): void {
    const { everyMs = limits.pingEveryMs, random = Math.random } = this.#options;
    const ms = everyMs * (1 - spread + random() * spread * 2);
    this.#timer = setTimeout(() => this.#beat(), ms < stepMs ? ms : Math.round(ms / stepMs) * stepMs);
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
    if (this.#missed === 1) this.#awaitAnswer();
  }

  #awaitAnswer(): void {
    const { everyMs = limits.pingEveryMs } = this.#options;
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => {
      if (this.#missed > 0 && !this.#isSilent) this.#setSilent(true);
    }, everyMs * answerShare);
    this.#answerTimer.unref();
  }
}
