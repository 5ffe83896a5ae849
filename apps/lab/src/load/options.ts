import { parseArgs } from 'node:util';

type Workload = 'direct' | 'group';

/** What one load run does. */
export interface LoadOptions {
  workload: Workload;
  /** Online users: pairs of them in `direct`, all of them members of one group in `group`. */
  users: number;
  /** Messages per second that arrive, whatever the system does with them. */
  rate: number;
  seconds: number;
  warmUpSeconds: number;
  /** Of the arrivals, of who sends, and of the lengths of the texts. The same seed is the same schedule. */
  seed: number;
  arrivals: 'poisson' | 'constant';
  /** Requests of one user without an answer; further ones wait, and their waiting counts. */
  outstanding: number;
  /** Raises the rate step by step until a step fails. */
  findMax: boolean;
  /** Writes a CPU profile of the server and prints its hottest functions. */
  profile: boolean;
  /** Pins server and Postgres to the first core, the generator to the last. */
  pin: boolean;
  /** Every user always has `outstanding` sends under way; the rate does not matter. */
  closed: boolean;
  generators: number;
}

export const usage = `npm run load -w @nexo/lab -- --workload direct|group [options]

  --users N         online users: pairs (direct, default 200) or members of one group (group, default 1000)
  --rate N          messages arriving per second (default 2000 direct, 40 group)
  --seconds N       measured time (default 20)
  --warm-up N       seconds before it (default 5)
  --seed N          of the schedule (default 1)
  --arrivals A      poisson (default) or constant
  --outstanding N   unanswered requests per user (default 16)
  --find-max        steps up from --rate, 10 % each, until one fails
  --profile         CPU profile of the server under apps/lab/results
  --closed          closed loop: every user always has --outstanding sends under way; --rate does not matter
  --generators N    processes that share the users (default 1)
  --pin             taskset: server and Postgres on the first core, the generator on the last`;

/** Reads the command line. Throws an Error with one sentence when it makes no sense. */
export function readOptions(args: string[]): LoadOptions {
  const { values } = parseArgs({
    args,
    options: {
      workload: { type: 'string', default: 'direct' },
      users: { type: 'string' },
      rate: { type: 'string' },
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      arrivals: { type: 'string', default: 'poisson' },
      outstanding: { type: 'string', default: '16' },
      'find-max': { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      pin: { type: 'boolean', default: false },
      closed: { type: 'boolean', default: false },
      generators: { type: 'string', default: '1' },
    },
  });
  const { workload, arrivals } = values;
  if (workload !== 'direct' && workload !== 'group') throw new Error(`--workload is direct or group, not ${workload}`);
  if (arrivals !== 'poisson' && arrivals !== 'constant') throw new Error(`--arrivals is poisson or constant, not ${arrivals}`);
  const direct = workload === 'direct';
  const users = positive('users', values.users ?? (direct ? '200' : '1000'));
  if (users < 2 || (direct && users % 2 === 1)) throw new Error('--users: pairs need an even number of users');
  return {
    workload,
    users,
    rate: positive('rate', values.rate ?? (direct ? '2000' : '40')),
    seconds: positive('seconds', values.seconds),
    warmUpSeconds: positive('warm-up', values['warm-up']),
    seed: positive('seed', values.seed),
    arrivals,
    outstanding: positive('outstanding', values.outstanding),
    findMax: values['find-max'],
    profile: values.profile,
    pin: values.pin,
    closed: values.closed,
    generators: positive('generators', values.generators),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} is a number above 0, not ${text}`);
  return value;
}
