import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkTrial, type TrialVerdict } from '../check/trial/check-trial.ts';
import type { FaultName } from '../faults/table.ts';
import { bucketOf } from '../history/files.ts';
import { type Line, nowMicros } from '../history/line.ts';
import { readHistory } from '../history/read-history.ts';
import { type HistoryWriter, writeHistory } from '../history/write-history.ts';
import { seeded } from '../load/random.ts';
import { connectWire } from '../wire/wire-client.ts';
import { type Laggard, waitUntilConverged } from './converge.ts';
import { countDone } from './count-done.ts';
import { type FaultReport, planFaults, runNemesis } from './nemesis.ts';
import { planMoves } from './plan.ts';
import { readConversationIds, readStoredConversation, readStoredPeople } from './read-stored.ts';
import { type RecordedTrial, writeRecorded } from './record.ts';
import { type Resources, readResources, waitUntilSettled } from './resources.ts';
import { type SeededPerson, seedPeople } from './sessions.ts';
import { type Crash, resultsFolder, type System, startSystem } from './system.ts';
import { startWorker, type WorkerProcess } from './workers.ts';

export interface TrialOptions {
  seed: number;
  durationMs: number;
  nodes: number;
  people: number;
  /** Messages a second, all people together. */
  rate: number;
  faults: readonly FaultName[];
  /** Faults that overlap. */
  atOnce: number;
  /** No fault lasts longer; for trials that must be short. */
  faultLastsMaxMs?: number;
  processes: number;
  code: 'bundle' | 'source';
  /** Where to put the whole trial in one file. */
  recordFile?: string;
  /** Hears what is going on, a line each. */
  log(line: string): void;
  /** Ends the trial early: everything is stopped, and it throws. */
  stopped?: AbortSignal;
}

export interface TrialResult {
  verdict: TrialVerdict;
  faults: FaultReport[];
  historyFolder: string;
  /** How often each thing was done, and each outcome of what can fail. */
  done: Record<string, number>;
  /** When it began, in microseconds of the history's clock. */
  beganAt: number;
  /** Milliseconds from the last fault's healing until everybody had everything. */
  convergedAfterMs: number | null;
  laggards: Laggard[];
  crashes: Crash[];
  /** `excess`: what did not come back to about where it was. */
  resources: { before: Resources; after: Resources; excess: string[] };
}

/** Sessions that each person has in reserve: for new devices and for logging in again. */
const sessionsEach = 14;
const devicesEach = 2;
/** Everybody catches up within this, and a good deal faster: the time of each trial is in its report. */
const convergeMaxMs = 60_000;
/** People go on for as long as the last fault takes. */
const movesFactor = 3;
const movesMarginMs = 240_000;
/** Pages of each conversation that are read from devices that lived through it; a new device reads everything. */
const livePages = 4;

/** Starts everything, lets people talk while faults strike, waits until all is calm, and checks all that happened. */
export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const stopping: Stop[] = [];
  const stopAll = async () => {
    for (const step of stopping.splice(0).reverse()) await step();
  };
  const aborted = new Promise<never>((_, reject) => {
    options.stopped?.addEventListener('abort', () => reject(options.stopped?.reason), { once: true });
  });
  try {
    return await Promise.race([conduct(options, (step) => stopping.push(step)), aborted]);
  } finally {
    await stopAll();
  }
}

type Stop = () => unknown;

async function conduct(options: TrialOptions, later: (step: Stop) => void): Promise<TrialResult> {
  const { log } = options;
  const name = `${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}-seed-${options.seed}`;
  const historyFolder = join(resultsFolder, `trial-${name}-${process.pid}`);
  mkdirSync(historyFolder, { recursive: true });
  const system = await startSystem(options);
  later(() => system.stop());
  const workers: WorkerProcess[] = [];
  later(() => Promise.all(workers.map((worker) => worker.stop())));
  const history = writeHistory(historyFolder, 'nemesis');
  later(() => history.close());
  const people = await seedPeople(system.db, options.people, sessionsEach);
  await makeGroups(system, people, options.seed);
  workers.push(...(await startWorkers(options, system, people, historyFolder)));
  const write = (line: Line) => history.write(line);
  const calm = await waitUntilConverged(system, workers, convergeMaxMs);
  if (calm.laggards.length > 0) throw new Error(`Not even in the beginning everybody catches up: ${calm.laggards[0]?.what}`);
  const baseline = await readResources(system);
  const during = await letThemTalk(options, system, workers, history);
  const { afterMs, laggards } = await waitUntilConverged(system, workers, convergeMaxMs);
  write({ t: nowMicros(), by: 'nemesis', op: 'phase', phase: laggards.length === 0 ? 'converged' : 'notConverged' });
  log(laggards.length === 0 ? `everybody had everything after ${(afterMs / 1_000).toFixed(1)} s` : 'not everybody catches up');
  const { now, excess } = await waitUntilSettled(system, baseline);
  for (const worker of workers) await worker.tell({ do: 'tellEnd', livePages });
  write({ t: nowMicros(), by: 'nemesis', op: 'phase', phase: 'over' });
  history.flush();
  const done: Record<string, number> = {};
  const verdict = await judge(system, historyFolder, options.recordFile, done);
  return {
    ...{ verdict, done, historyFolder, beganAt: during.beganAt, faults: during.faults, laggards, crashes: system.crashes },
    resources: { before: baseline, after: now, excess },
    convergedAfterMs: laggards.length === 0 ? afterMs : null,
  };
}

async function letThemTalk(options: TrialOptions, system: System, workers: readonly WorkerProcess[], history: HistoryWriter) {
  const { seed, durationMs, faults, atOnce, log } = options;
  const write = (line: Line) => history.write(line);
  const beganAt = nowMicros();
  const startedAtMs = performance.now();
  write({ t: beganAt, by: 'nemesis', op: 'phase', phase: 'begins' });
  for (const worker of workers) await worker.tell({ do: 'move' });
  const plan = planFaults(seed, faults, durationMs, atOnce, options.faultLastsMaxMs);
  const setClocks = async (offsetMs: number) => {
    const counts = await Promise.all(workers.map((worker) => worker.tell({ do: 'setClocks', offsetMs, share: 0.5 })));
    return counts.reduce<number>((sum, count) => sum + Number(count), 0);
  };
  const struck = runNemesis(plan, { system, setClocks }, startedAtMs, (line) => {
    write(line);
    if (line.op === 'fault' && line.event === 'struck') log(`${seconds(line.t - beganAt)} ${line.fault}: ${line.detail}`);
  });
  const [reports] = await Promise.all([struck, delay(durationMs)]);
  write({ t: nowMicros(), by: 'nemesis', op: 'phase', phase: 'faultsOver' });
  await Promise.all(workers.map((worker) => worker.tell({ do: 'rest' })));
  write({ t: nowMicros(), by: 'nemesis', op: 'phase', phase: 'sendsOver' });
  log(`${seconds(nowMicros() - beganAt)} faults and sends are over`);
  return { beganAt, faults: reports };
}

async function startWorkers(
  options: TrialOptions,
  system: System,
  people: readonly SeededPerson[],
  historyFolder: string,
): Promise<WorkerProcess[]> {
  const { seed, durationMs, rate, processes } = options;
  // Long enough for the slowest of healings: who is told to rest stops wherever the plan is.
  const moves = planMoves(seed, people.length, durationMs * movesFactor + movesMarginMs, rate);
  return Promise.all(
    Array.from({ length: processes }, (_, process) =>
      startWorker({
        name: `worker-${process}`,
        historyFolder,
        seed: seed + process,
        nodes: system.nodes.map((node) => `http://127.0.0.1:${node.clients.port}`),
        everybody: people.map(({ id }) => id),
        devicesEach,
        people: people.flatMap((person, number) => (number % processes === process ? [{ ...person, number }] : [])),
        moves: moves.filter((move) => move.person % processes === process),
      }),
    ),
  );
}

/** One group with everybody in it, and some of a few. */
async function makeGroups(system: System, people: readonly SeededPerson[], seed: number): Promise<void> {
  const random = seeded(seed ^ 0x9e3779b9);
  const port = system.nodes[0]?.server.port ?? 0;
  const groups = Math.max(2, Math.round(people.length / 4));
  for (let group = 0; group <= groups; group++) {
    const owner = people[group % people.length];
    if (owner === undefined) return;
    const members = people.filter((person) => person !== owner && (group === 0 || random() < 0.4));
    const quiet = { items: () => {}, answered: () => {}, closed: () => {} };
    const wire = await connectWire(port, owner.accessToken, quiet);
    const name = group === 0 ? 'Everybody' : `Group ${group}`;
    await wire.call('mutation', 'groups.create', { name, memberIds: members.map(({ id }) => id) });
    wire.close();
  }
}

async function judge(system: System, historyFolder: string, recordFile: string | undefined, done: Record<string, number>) {
  const { sql } = system.db;
  const files = readHistory(historyFolder);
  const stored = await readConversationIds(sql);
  const devices = await files.readDevices();
  const people = await readStoredPeople(sql);
  for (const line of devices) countDone(done, line);
  const recorded: RecordedTrial = { devices, people, conversations: [] };
  async function* conversations() {
    for (let bucket = 0; bucket < files.buckets; bucket++) {
      const lines = await files.readBucket(bucket);
      for (const id of new Set([...lines.keys(), ...stored.filter((id) => bucketOf(id) === bucket)])) {
        const one = { id, lines: lines.get(id) ?? [], stored: await readStoredConversation(sql, id) };
        for (const line of one.lines) countDone(done, line);
        if (recordFile !== undefined) recorded.conversations.push(one);
        yield one;
      }
    }
  }
  const verdict = await checkTrial({ devices, people, conversations: conversations() });
  if (recordFile !== undefined) writeRecorded(recordFile, recorded);
  return verdict;
}

function seconds(micros: number): string {
  return `${(micros / 1e6).toFixed(1).padStart(6)} s`;
}
