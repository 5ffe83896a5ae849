import { phrase, type Topic } from './phrases.ts';
import { Random } from './random.ts';

/** A message that was said, as it is to be stored. */
export interface Said {
  senderId: string;
  text: string;
  /** Epoch milliseconds. */
  sentAt: number;
  /** How many messages before this one the quoted one stands. */
  repliesTo?: number;
}

interface HistoryOptions {
  /** The same name makes the same texts. */
  name: string;
  speakers: readonly string[];
  /** Who has not read how many of the newest: they have not written them either. */
  unread: Readonly<Record<string, number>>;
  topic: Topic;
  messages: number;
  fromMs: number;
  toMs: number;
}

const minuteMs = 60_000;

/**
 * Makes up who said what and when: talks of some minutes with pauses between them, in which somebody opens a subject and others
 * answer, sometimes quoting. Times ascend and end at `toMs`.
 */
export function writeHistory(options: HistoryOptions): Said[] {
  const random = new Random(options.name);
  const said: Omit<Said, 'sentAt'>[] = [];
  /** Time before each message, in minutes that are stretched afterwards to fill the whole span. */
  const gaps: number[] = [];
  let turnsLeft = 0;
  let speaker = '';
  while (said.length < options.messages) {
    const opens = turnsLeft === 0;
    if (opens) turnsLeft = random.between(2, 14);
    turnsLeft -= 1;
    const present = options.speakers.filter((id) => (options.unread[id] ?? 0) < options.messages - said.length);
    const goesOn = !opens && present.includes(speaker) && random.chance(0.2);
    if (!goesOn) speaker = random.anyOf(present.filter((id) => id !== speaker)) ?? speaker;
    const text = phrase(random, options.topic, opens ? 'opening' : goesOn ? 'afterthought' : 'answer');
    const quotes = !opens && said.length > 10 && random.chance(0.05);
    said.push({ senderId: speaker, text, ...(quotes && { repliesTo: random.between(2, 8) }) });
    gaps.push(opens ? random.between(60, 900) : random.next() * 3 + 0.1);
  }
  return withTimes(said, gaps, options);
}

/** Pauses stretch, talks do not: a minute between question and answer stays a minute. */
function withTimes(said: Omit<Said, 'sentAt'>[], gaps: readonly number[], { fromMs, toMs }: HistoryOptions): Said[] {
  const isPause = (gap: number) => gap >= 60;
  const talkMs = gaps.filter((gap) => !isPause(gap)).reduce((sum, gap) => sum + gap * minuteMs, 0);
  const pauses = gaps.filter(isPause).reduce((sum, gap) => sum + gap, 0);
  const pauseMs = Math.max(minuteMs, (toMs - fromMs - talkMs) / Math.max(pauses, 1));
  let at = toMs;
  const times = gaps.toReversed().map((gap) => {
    const time = at;
    at -= isPause(gap) ? gap * pauseMs : gap * minuteMs;
    return Math.max(fromMs + 1, Math.floor(time));
  });
  return said.map((message, i) => ({ ...message, sentAt: times[said.length - 1 - i] ?? toMs }));
}
