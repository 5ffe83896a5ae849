import { type LoadPlan, phasesOf } from './plan.ts';
import { normal, type Random, seeded } from './random.ts';

/** Every send of a run, fixed before it begins. Parallel arrays; of an open loop ascending in time. */
export interface Schedule {
  count: number;
  /** Milliseconds after the start at which the message is to be sent. Of a closed loop unknown until it is: infinite. */
  atMs: Float64Array;
  /** Index of the user who sends it. */
  senders: Uint32Array;
  conversations: Uint32Array;
  streams: Uint8Array;
  /** Bytes of its text. */
  textBytes: Uint16Array;
}

type SchedulePlan = Pick<
  LoadPlan,
  'pace' | 'arrivals' | 'streams' | 'warmUpSeconds' | 'seconds' | 'seed' | 'textBytes' | 'outstanding'
>;

/** Texts as people write them: log-normal, median 60 bytes, 95 % under 500, never above 4 KB. */
const textMedianBytes = 60;
const textSigma = 1.289;
const textMaxBytes = 4096;
/** Room for the number that makes every text its own. */
const textMinBytes = 16;

/** Sends that a closed loop may come to, a second: room in arrays, and more than a machine of this size does. */
const closedMaxPerSecond = 120_000;

/** Makes the schedule of a run. The same plan makes the same schedule, in every process. */
export function makeSchedule(plan: SchedulePlan): Schedule {
  const random = seeded(plan.seed);
  return plan.pace === 'open' ? openSchedule(plan, random) : closedSchedule(plan, random);
}

/** `rate` arrivals a second on average of each stream, whatever happens to them. */
function openSchedule(plan: SchedulePlan, random: Random): Schedule {
  const end = (plan.warmUpSeconds + plan.seconds) * 1000;
  const arrivals: { at: number; stream: number }[] = [];
  for (const [stream, { rate }] of plan.streams.entries()) {
    if (rate <= 0) continue;
    const gapMs = 1000 / rate;
    for (let at = next(0, gapMs, plan, random); at < end; at = next(at, gapMs, plan, random)) arrivals.push({ at, stream });
  }
  arrivals.sort((a, b) => a.at - b.at);
  const schedule = emptySchedule(arrivals.length);
  for (const [index, { at, stream }] of arrivals.entries()) {
    const places = plan.streams[stream]?.places ?? [];
    const [user, conversation] = places[Math.floor(random() * places.length)] ?? [0, 0];
    schedule.atMs[index] = at;
    schedule.senders[index] = user;
    schedule.conversations[index] = conversation;
    schedule.streams[index] = stream;
    schedule.textBytes[index] = textLength(plan, random);
  }
  return schedule;
}

/** Send number n of place p of the one stream is number `n · places + p`. */
function closedSchedule(plan: SchedulePlan, random: Random): Schedule {
  const places = plan.streams[0]?.places ?? [];
  const perPlace = Math.ceil((closedMaxPerSecond * (plan.warmUpSeconds + plan.seconds)) / Math.max(1, places.length));
  const schedule = emptySchedule(perPlace * places.length);
  schedule.atMs.fill(Number.POSITIVE_INFINITY);
  for (let index = 0; index < schedule.count; index++) {
    const [user, conversation] = places[index % places.length] ?? [0, 0];
    schedule.senders[index] = user;
    schedule.conversations[index] = conversation;
    schedule.textBytes[index] = textLength(plan, random);
  }
  return schedule;
}

function emptySchedule(count: number): Schedule {
  return {
    count,
    atMs: new Float64Array(count),
    senders: new Uint32Array(count),
    conversations: new Uint32Array(count),
    streams: new Uint8Array(count),
    textBytes: new Uint16Array(count),
  };
}

function textLength({ textBytes }: SchedulePlan, random: Random): number {
  if (textBytes !== 'people') return textBytes;
  const bytes = Math.round(textMedianBytes * Math.exp(textSigma * normal(random)));
  return Math.min(textMaxBytes, Math.max(textMinBytes, bytes));
}

function next(at: number, gapMs: number, { arrivals }: SchedulePlan, random: Random): number {
  return arrivals === 'constant' ? at + gapMs : at - Math.log(1 - random()) * gapMs;
}

/** The class of a send, which is what is measured by itself: its stream, and the phase of the measured time. */
export function classifier(plan: LoadPlan): { names: string[]; classOf(stream: number, atMs: number): number } {
  const phases = phasesOf(plan);
  const froms = phases.map((phase) => (plan.warmUpSeconds + phase.fromSeconds) * 1000);
  const names = plan.streams.flatMap((stream) =>
    phases.map((phase) => (phases.length === 1 ? stream.name : `${stream.name}, ${phase.name}`)),
  );
  return {
    names,
    classOf(stream, atMs) {
      let phase = froms.length - 1;
      while (phase > 0 && atMs < (froms[phase] ?? 0)) phase--;
      return stream * froms.length + phase;
    },
  };
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
