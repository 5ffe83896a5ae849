import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { combinableFaults, type FaultName, faults } from '../faults/table.ts';
import { seeded } from '../load/random.ts';

export interface CheckOptions {
  seed: number;
  minutes: number;
  nodes: number;
  people: number;
  rate: number;
  faults: FaultName[];
  atOnce: number;
  processes: number;
  keep: boolean;
  recordFile?: string;
  list: boolean;
}

export const usage = `npm run check -w @nexo/lab -- [options]

  --seed N          of everything that people do and of every fault (default 1)
  --minutes N       how long people talk while faults strike (default 1)
  --nodes N         servers (default 3)
  --faults A,B      which strike, one after the other (default node-kill); all; random:N for N of them at the same time
  --at-once N       so many of them strike at the same time (default 1)
  --people N        with two devices each (default 12)
  --rate N          messages a second, all people together (default 20)
  --processes N     in which the people live (default 1)
  --record FILE     writes the whole trial into one file, for the tests of the checker
  --keep            keeps the history of a good run, too
  --list            names the faults`;

/** Reads the command line. Throws an Error with one sentence when it makes no sense. */
export function readOptions(args: string[]): CheckOptions {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '1' },
      nodes: { type: 'string', default: '3' },
      'at-once': { type: 'string', default: '1' },
      people: { type: 'string', default: '12' },
      rate: { type: 'string', default: '20' },
      processes: { type: 'string', default: '1' },
      faults: { type: 'string', default: 'node-kill' },
      record: { type: 'string' },
      keep: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  const seed = positive('seed', values.seed);
  const chosen = chooseFaults(values.faults, seed, whole('at-once', values['at-once']));
  return {
    seed,
    minutes: positive('minutes', values.minutes),
    nodes: whole('nodes', values.nodes),
    people: whole('people', values.people),
    rate: positive('rate', values.rate),
    processes: whole('processes', values.processes),
    ...(values.record === undefined ? {} : { recordFile: resolve(process.env.INIT_CWD ?? '.', values.record) }),
    keep: values.keep,
    list: values.list,
    ...chosen,
  };
}

/** `a,b`: one after the other; `random:3`: three of them at the same time, chosen by the seed; `none`; `all`. */
function chooseFaults(text: string, seed: number, atOnce: number): Pick<CheckOptions, 'faults' | 'atOnce'> {
  if (text === 'none' || text === '') return { faults: [], atOnce: 1 };
  if (text === 'all') return { faults: [...combinableFaults], atOnce };
  const random = /^random:(\d+)$/.exec(text);
  if (random !== null) {
    const count = Math.min(Number(random[1]), combinableFaults.length);
    const chance = seeded(seed ^ 0xfa017);
    const names = combinableFaults.map((name) => ({ name, place: chance() })).sort((a, b) => a.place - b.place);
    return { faults: names.slice(0, count).map(({ name }) => name), atOnce: Math.max(1, count) };
  }
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(name in faults));
  if (unknown !== undefined) throw new Error(`--faults: there is no ${unknown}; --list names them`);
  if (names.length > 1 && names.includes('restore-backup')) throw new Error('--faults: restore-backup has a trial of its own');
  return { faults: names as FaultName[], atOnce };
}

function whole(name: string, text: string): number {
  const value = positive(name, text);
  if (!Number.isInteger(value)) throw new Error(`--${name} is a whole number, not ${text}`);
  return value;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} is a number above 0, not ${text}`);
  return value;
}
