import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { bundleSimulator, type Mutation } from './bundle.ts';
import type { Plan } from './plan.ts';
import type { Order, Word } from './worker.ts';

interface FleetResult {
  failures: { seed: number; message: string }[];
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
      const shares = Array.from({ length: every }, (_, at) => {
        const share = Math.floor((count - at - 1) / every) + 1;
        return ask(bundle.file, { does: 'run', from: from + at, every, count: share, failuresMax });
      });
      const words = (await Promise.all(shares)).flat();
      const failures = words.filter((word) => word.says === 'failed').sort((a, b) => a.seed - b.seed);
      const ran = words.filter((word) => word.says === 'ran');
      const sum = (of: (word: (typeof ran)[number]) => number) => ran.reduce((total, word) => total + of(word), 0);
      return {
        failures,
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

function ask(file: string, order: Order): Promise<Word[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', file, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) reject(new Error(`The simulator ended with code ${code}`));
      else {
        const lines = said.split('\n').filter((line) => line !== '');
        resolve(lines.map((line) => JSON.parse(line) as Word));
      }
    });
  });
}
