import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { bundleSimulator, type Mutation } from './bundle.ts';
import type { Plan } from './plan.ts';
import type { Order, Word } from './worker.ts';

interface FleetResult {
  failures: { seed: number; message: string }[];
  /** Of those that were played to the end; after a failure the others stop. */
  stories: number;
  steps: number;
  /** Time that passed in the stories. */
  storyMs: number;
}

/** The simulator, ready to be asked. */
export interface Fleet {
  /** Plays the stories of `count` seeds from `from` on, on every core. */
  run(options: { from: number; count: number; failuresMax?: number }): Promise<FleetResult>;
  play(plan: Plan, trace: boolean): Promise<Extract<Word, { says: 'played' }>>;
  shrink(plan: Plan): Promise<Extract<Word, { says: 'shrunk' }>>;
  close(): Promise<void>;
}

/** Builds the simulator, with guards taken out if some are named. */
export async function openFleet(mutations: readonly Mutation[] = []): Promise<Fleet> {
  const bundle = await bundleSimulator(mutations);
  return {
    async run({ from, count, failuresMax = 1 }) {
      const every = Math.min(count, availableParallelism());
      const failures: FleetResult['failures'] = [];
      const processes = Array.from({ length: every }, (_, at) => {
        const share = Math.floor((count - at - 1) / every) + 1;
        return start(bundle.file, { does: 'run', from: from + at, every, count: share, failuresMax }, (word) => {
          if (word.says !== 'failed') return;
          failures.push(word);
          // Enough is known: the others need not go on.
          if (failures.length >= failuresMax) for (const other of processes) other.stop();
        });
      });
      const words = (await Promise.all(processes.map(({ said }) => said))).flat();
      const ran = words.filter((word) => word.says === 'ran');
      const sum = (of: (word: (typeof ran)[number]) => number) => ran.reduce((total, word) => total + of(word), 0);
      return {
        failures: failures.sort((one, other) => one.seed - other.seed).slice(0, failuresMax),
        stories: sum(({ stories }) => stories),
        steps: sum(({ steps }) => steps),
        storyMs: sum(({ storyMs }) => storyMs),
      };
    },
    async play(plan, trace) {
      const [word] = await ask(bundle.file, { does: 'play', plan, trace });
      if (word?.says !== 'played') throw new Error('The simulator said nothing of the story');
      return word;
    },
    async shrink(plan) {
      const [word] = await ask(bundle.file, { does: 'shrink', plan });
      if (word?.says !== 'shrunk') throw new Error('The simulator said nothing of the story');
      return word;
    },
    close: bundle.remove,
  };
}

/** Stories make much that is forgotten at once: with more room for it, less is moved about. */
const flags = ['--enable-source-maps', '--max-semi-space-size=64'];

function ask(file: string, order: Order): Promise<Word[]> {
  return start(file, order, () => {}).said;
}

interface Process {
  /** All that it said, once it has ended. */
  said: Promise<Word[]>;
  stop(): void;
}

function start(file: string, order: Order, hear: (word: Word) => void): Process {
  const child = spawn(process.execPath, [...flags, file, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const words: Word[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const word = JSON.parse(line) as Word;
    words.push(word);
    hear(word);
  });
  const said = new Promise<Word[]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0 || signal === 'SIGTERM') resolve(words);
      else reject(new Error(`The simulator ended with code ${code}`));
    });
  });
  return { said, stop: () => child.kill('SIGTERM') };
}
