import { AppError, limits, type SendMessageResult } from '@nexo/shared';
import { isDatabaseAway } from '../errors.ts';
import type { Locks } from './commit-batch.ts';
import type { Send } from './decide.ts';

/** Commits sends together; one outcome per send, in order. Throws when the database failed. */
export type Commit = (sends: readonly Send[], locks: Locks) => Promise<(SendMessageResult | AppError)[]>;

interface Waiting {
  send: Send;
  bytes: number;
  resolve(result: SendMessageResult): void;
  reject(error: unknown): void;
}

/** Of one conversation in a batch, as long as others wait too: one hot group does not keep the rest of its lane waiting. */
const fairShareMessages = 64;

/**
 * One serial writer: a transaction is in flight or nothing waits. What comes while it commits goes together into the next one,
 * so the batches grow by themselves with the load, and an idle lane commits at once. There is no timer.
 */
export class Lane {
  readonly #commit: Commit;
  readonly #now: () => number;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #startedAtMs = 0;
  /** Moving average of what a commit takes. */
  #commitMs = 5;

  constructor(commit: Commit, now: () => number = () => performance.now()) {
    this.#commit = commit;
    this.#now = now;
  }

  /** Takes a send, or refuses it with OVERLOADED when it would wait too long. */
  send(send: Send): Promise<SendMessageResult> {
    const waitMs = this.#predictedWaitMs();
    if (waitMs > limits.laneWaitMaxMs) {
      const retryAfterMs = Math.min(5_000, Math.ceil(waitMs));
      return Promise.reject(new AppError('OVERLOADED', { message: 'Too many messages wait to be written', retryAfterMs }));
    }
    return new Promise((resolve, reject) => {
      const { content } = send.input;
      const chars = content.type === 'text' ? content.text.length : JSON.stringify(content).length;
      // Two bytes a character is near enough for a bound on memory.
      this.#waiting.push({ send, bytes: 200 + chars * 2, resolve, reject });
      if (this.#running !== null) return;
      this.#startedAtMs = this.#now();
      this.#running = this.#run();
    });
  }

  /** Resolves once nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #predictedWaitMs(): number {
    if (this.#running === null) return 0;
    const inFlightMs = Math.max(this.#commitMs, this.#now() - this.#startedAtMs);
    return inFlightMs + Math.floor(this.#waiting.length / limits.laneBatchMaxMessages) * this.#commitMs;
  }

  async #run(): Promise<void> {
    // Everything that arrives in this turn of the loop goes into the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      this.#startedAtMs = this.#now();
      await this.#settle(batch);
      // One commit that stood still for long says little about the next ones: it would have everybody refused for a while.
      const tookMs = Math.min(this.#now() - this.#startedAtMs, limits.laneWaitMaxMs);
      this.#commitMs += (tookMs - this.#commitMs) / 8;
    }
    this.#running = null;
  }

  /** The next batch, oldest first; the order within a conversation is always kept. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    const taken = new Map<string, number>();
    let bytes = 0;
    const fits = (one: Waiting) =>
      batch.length < limits.laneBatchMaxMessages && (batch.length === 0 || bytes + one.bytes <= limits.laneBatchMaxBytes);
    const pick = (one: Waiting) => {
      batch.push(one);
      bytes += one.bytes;
    };
    const over: Waiting[] = [];
    for (const one of this.#waiting) {
      const { conversationId } = one.send.input;
      const share = taken.get(conversationId) ?? 0;
      if (share < fairShareMessages && fits(one)) {
        taken.set(conversationId, share + 1);
        pick(one);
      } else {
        // From the first one left behind on, its conversation waits as a whole.
        taken.set(conversationId, fairShareMessages);
        over.push(one);
      }
    }
    const rest: Waiting[] = [];
    for (const one of over) {
      if (rest.length === 0 && fits(one)) pick(one);
      else rest.push(one);
    }
    this.#waiting = rest;
    return batch;
  }

  /**
   * Answers every send of a batch. When somebody keeps one conversation locked, the rest goes on without it. A fault that is not
   * the database being away may be the fault of one of them: the halves are tried apart, down to singles, so that it is alone in
   * the end.
   */
  async #settle(batch: readonly Waiting[], locks: Locks = 'wait'): Promise<void> {
    try {
      const sends = batch.map((one) => one.send);
      const outcomes = await this.#commit(sends, locks);
      batch.forEach((one, i) => {
        const outcome = outcomes[i];
        if (outcome === undefined || outcome instanceof AppError) one.reject(outcome ?? new AppError('INTERNAL'));
        else one.resolve(outcome);
      });
    } catch (error) {
      const code = sqlStateOf(error);
      if (code === lockNotAvailable && locks === 'wait') return this.#settle(batch, 'skip');
      // Of a database that is away the halves would get nothing better; what is too slow or too much may be one of them alone.
      const away = isDatabaseAway(error) && code !== lockNotAvailable && code !== queryCanceled;
      if (batch.length === 1 || away) {
        for (const one of batch) one.reject(error);
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await this.#settle(batch.slice(0, middle), locks);
      await this.#settle(batch.slice(middle), locks);
    }
  }
}

const lockNotAvailable = '55P03';
const queryCanceled = '57014';

function sqlStateOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
