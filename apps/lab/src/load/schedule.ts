import { normal, type Random, seeded } from './random.ts';

/** Every arrival of a run, fixed before it begins. Parallel arrays, ascending in time. */
export interface Schedule {
  count: number;
  /** Milliseconds after the start at which the message is to be sent. */
  atMs: Float64Array;
  /** Index of the user who sends it. */
  senders: Uint16Array;
  /** Bytes of its text. */
  textBytes: Uint16Array;
}

export interface ScheduleOptions {
  rate: number;
  seconds: number;
  users: number;
  seed: number;
  arrivals: 'poisson' | 'constant';
}

/** Texts as people write them: log-normal, median 60 bytes, 95 % under 500, never above 4 KB. */
const textMedianBytes = 60;
const textSigma = 1.289;
const textMaxBytes = 4096;
/** Room for the number that makes every text its own. */
const textMinBytes = 16;

/** Makes the schedule of an open loop: `rate` arrivals a second on average, whatever happens to them. */
export function makeSchedule(options: ScheduleOptions): Schedule {
  const random = seeded(options.seed);
  const times: number[] = [];
  const end = options.seconds * 1000;
  const gapMs = 1000 / options.rate;
  for (let at = next(0, gapMs, options, random); at < end; at = next(at, gapMs, options, random)) times.push(at);
  const count = times.length;
  const senders = new Uint16Array(count);
  const textBytes = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    senders[i] = Math.floor(random() * options.users);
    const bytes = Math.round(textMedianBytes * Math.exp(textSigma * normal(random)));
    textBytes[i] = Math.min(textMaxBytes, Math.max(textMinBytes, bytes));
  }
  return { count, atMs: Float64Array.from(times), senders, textBytes };
}

function next(at: number, gapMs: number, options: ScheduleOptions, random: Random): number {
  return options.arrivals === 'constant' ? at + gapMs : at - Math.log(1 - random()) * gapMs;
}

const filler = makeFiller();

/** The text of message `index`: its number, then words. The verification makes it again to compare. */
export function textOf(index: number, bytes: number): string {
  const head = `${index} `;
  return head + filler.slice(index % 512, (index % 512) + bytes - head.length);
}

function makeFiller(): string {
  const random = seeded(7);
  let text = '';
  while (text.length < textMaxBytes + 512) {
    const letters = 2 + Math.floor(random() * 8);
    for (let i = 0; i < letters; i++) text += String.fromCharCode(97 + Math.floor(random() * 26));
    text += ' ';
  }
  return text;
}
