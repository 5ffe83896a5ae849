import { setTimeout as delay } from 'node:timers/promises';
import type { Struck, Victims } from '../faults/fault.ts';
import { type FaultName, faults } from '../faults/table.ts';
import { type Line, nowMicros } from '../history/line.ts';
import { seeded } from '../load/random.ts';

/** One fault of the plan. */
export interface PlannedFault {
  /** Milliseconds from the beginning. */
  at: number;
  fault: FaultName;
  lastsMs: number;
  /** Of its own chances: which node, which connections. */
  seed: number;
}

/** From one fault to the next in a row, on average. */
const everyMs = 9_000;
/** Nothing strikes in the first moments: there must be something to break. */
const firstAtMs = 2_500;
/** A fault that has met nothing goes on for so long. */
const meetMaxMs = 10_000;

/**
 * When which fault strikes. The same seed is the same plan. With `atOnce` rows they overlap. Every fault strikes at least once,
 * however short the trial is, which then takes longer. `lastsMaxMs`: longer than this none lasts.
 */
export function planFaults(
  seed: number,
  names: readonly FaultName[],
  durationMs: number,
  atOnce: number,
  lastsMaxMs = Number.POSITIVE_INFINITY,
): PlannedFault[] {
  const random = seeded(seed ^ 0x5eed);
  const planned: PlannedFault[] = [];
  for (let row = 0; row < atOnce; row++) {
    const mine = names.filter((_, i) => i % atOnce === row);
    const again = mine.filter((name) => !faults[name].once);
    let turn: FaultName[] = [];
    let struck = 0;
    for (let at = firstAtMs + row * 500; mine.length > 0 && (at < durationMs - 1_000 || struck < mine.length); struck++) {
      if (turn.length === 0) turn = shuffled(struck < mine.length ? mine : again, random);
      const fault = turn.pop();
      if (fault === undefined) break;
      const [least, most] = faults[fault].lastsMs;
      const lastsMs = Math.min(lastsMaxMs, Math.round(least + random() * (most - least)));
      planned.push({ at: Math.round(at), fault, lastsMs, seed: Math.floor(random() * 2 ** 31) });
      at += lastsMs + Math.min(everyMs * (0.5 + random()), durationMs / (2 * mine.length));
    }
  }
  return planned.sort((a, b) => a.at - b.at);
}

/** What came of one fault. */
export interface FaultReport extends PlannedFault {
  /** Milliseconds from the beginning, as it really was. */
  struckAtMs: number;
  healedAtMs: number;
  detail: string;
  /** Why it did nothing; null: it struck. */
  nothing: string | null;
  idle: boolean;
}

type Parts = Pick<Victims, 'system' | 'setClocks'>;

/** Strikes as planned. Resolves when everything is healed again. */
export async function runNemesis(
  plan: readonly PlannedFault[],
  parts: Parts,
  startedAtMs: number,
  write: (line: Line) => void,
): Promise<FaultReport[]> {
  const hands = makeHands(parts.system.nodes.length);
  const sinceMs = () => performance.now() - startedAtMs;

  async function run(planned: PlannedFault): Promise<FaultReport> {
    await delay(Math.max(0, planned.at - sinceMs()));
    const { fault, lastsMs, seed } = planned;
    const tell = (event: 'strikes' | 'struck' | 'heals' | 'healed', detail: string) =>
      write({ t: nowMicros(), by: 'nemesis', op: 'fault', fault, event, detail });
    const taken: string[] = [];
    try {
      tell('strikes', '');
      const take = async (part: 'postgres' | 'redis' | 'node', choice: number) => {
        const [name, number] = await hands.take(part, choice);
        taken.push(name);
        return number;
      };
      const takeNodes = async () => {
        taken.push(...(await hands.takeNodes()));
      };
      const struck = await faults[fault].strike({ ...parts, take, takeNodes, write, random: seeded(seed) });
      const struckAtMs = sinceMs();
      tell('struck', struck.detail);
      await delay(lastsMs);
      const nothing = await whyNothing(struck);
      tell('heals', nothing?.why ?? '');
      await struck.heal();
      tell('healed', '');
      const { detail } = struck;
      const idle = nothing?.idle === true;
      return { ...planned, struckAtMs, healedAtMs: sinceMs(), detail, nothing: nothing?.why ?? null, idle };
    } finally {
      for (const name of taken) hands.release(name);
    }
  }

  return Promise.all(plan.map(run));
}

/** On a busy machine a fault may need a moment longer to meet anything. */
async function whyNothing(struck: Struck): ReturnType<Struck['didNothing']> {
  for (const deadline = performance.now() + meetMaxMs; ; await delay(100)) {
    const nothing = await struck.didNothing();
    if (nothing === null || nothing.idle || performance.now() > deadline) return nothing;
  }
}

/** No two faults have the same process in hand: a node that is being started again is not killed meanwhile. */
function makeHands(nodes: number) {
  const held = new Set<string>();
  let wake: (() => void)[] = [];
  const released = () => new Promise<void>((resolve) => wake.push(resolve));
  return {
    async takeNodes(): Promise<string[]> {
      const names = Array.from({ length: nodes }, (_, i) => `node ${i}`);
      while (names.some((name) => held.has(name))) await released();
      for (const name of names) held.add(name);
      return names;
    },
    async take(part: 'postgres' | 'redis' | 'node', choice: number): Promise<[name: string, number: number]> {
      for (;;) {
        const first = Math.floor(choice * nodes);
        const names = part === 'node' ? Array.from({ length: nodes }, (_, i) => `node ${(first + i) % nodes}`) : [part];
        const free = names.find((name) => !held.has(name));
        if (free !== undefined) {
          held.add(free);
          return [free, part === 'node' ? Number(free.slice(5)) : 0];
        }
        await released();
      }
    },
    release(name: string) {
      held.delete(name);
      const waiting = wake;
      wake = [];
      for (const resolve of waiting) resolve();
    },
  };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}
