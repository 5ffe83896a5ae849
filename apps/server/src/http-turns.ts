import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Exchange, Turns, type TurnsOptions } from '@nexo/api';
import { AppError } from '@nexo/shared';

/** Answers of one user over HTTP that are being made, or not read yet, each of which may be some megabytes; and how many wait. */
const turnsOfUser: TurnsOptions = { atOnceMax: 8, waitingMax: 64 };
/** The same of one API key: a server speaks for many users, and its answers are small. */
export const turnsOfKey: TurnsOptions = { atOnceMax: 64, waitingMax: 512 };
/** An answer that is not read to its end by then is given up with its connection. */
const answerMaxMs = 60_000;
/** What the calls of one request may weigh in its answer before no further one is begun. Three of the largest pages do. */
const answerMaxBytes = 4 * 1024 * 1024;
const retryAfterMs = 1_000;

/**
 * Lets the requests of each user take turns, so that who asks without reading the answers fills no memory with them and delays
 * nobody else.
 */
export class HttpTurns {
  readonly #turns: Turns;

  /** Default: the turns of a user. */
  constructor(options: TurnsOptions = turnsOfUser) {
    this.#turns = new Turns(options);
  }

  /**
   * Resolves when it is the turn of this request of a user or key; it lasts until the response is over, whether it was answered or not, and its calls
   * are done. RATE_LIMITED when too many wait already; OVERLOADED when nobody is there any more.
   */
  async take(whose: string, req: IncomingMessage, res: ServerResponse): Promise<Exchange> {
    const passOn = await this.#turns.take(whose);
    if (!req.socket.destroyed) return new HttpExchange(req, res, passOn);
    passOn();
    throw hungUp();
  }
}

class HttpExchange implements Exchange {
  readonly #release: () => void;
  #leftBytes = answerMaxBytes;
  #callsUnderWay = 0;
  #closed = false;

  constructor(req: IncomingMessage, res: ServerResponse, release: () => void) {
    this.#release = release;
    const { socket } = req;
    const timer = setTimeout(() => socket.destroy(), answerMaxMs);
    timer.unref();
    // A response that waits behind others of its connection does not hear that this is gone; the connection does.
    const close = () => {
      clearTimeout(timer);
      res.off('close', close);
      socket.off('close', close);
      this.#closed = true;
      this.#releaseOnceDone();
    };
    res.once('close', close);
    socket.once('close', close);
  }

  begin(): void {
    if (this.#closed) throw hungUp();
    if (this.#leftBytes <= 0) {
      throw new AppError('RATE_LIMITED', { message: 'The answer grows too large: ask for less at a time', retryAfterMs });
    }
    this.#callsUnderWay++;
  }

  end(bytes: number): void {
    this.#leftBytes -= bytes;
    this.#callsUnderWay--;
    if (this.#closed) this.#releaseOnceDone();
  }

  #releaseOnceDone(): void {
    if (this.#callsUnderWay === 0) this.#release();
  }
}

function hungUp(): AppError {
  return new AppError('OVERLOADED', { message: 'Nobody waits for the answer any more', retryAfterMs });
}
