import { makePlan, type Plan } from './plan.ts';
import { runPlan } from './run-plan.ts';
import { shrink } from './shrink.ts';

/** What a process of the simulator is asked to do; given as its first argument, in JSON. */
export type Order =
  /** Plays `count` stories: that of seed `from` and of each `every`th after it, until `failuresMax` have failed. */
  | { does: 'run'; from: number; every: number; count: number; failuresMax: number }
  /** Plays one story. */
  | { does: 'play'; plan: Plan; trace: boolean }
  /** Makes a failing story shorter. */
  | { does: 'shrink'; plan: Plan };

/** What it says, a line of JSON each. */
export type Word =
  | { says: 'failed'; seed: number; message: string }
  | { says: 'ran'; stories: number; steps: number; storyMs: number }
  | { says: 'played'; failure: string | null; steps: number; trace: string[] }
  | { says: 'shrunk'; plan: Plan; failure: string };

function say(word: Word): void {
  process.stdout.write(`${JSON.stringify(word)}\n`);
}

const order = JSON.parse(process.argv[2] ?? '') as Order;
switch (order.does) {
  case 'run': {
    let [stories, steps, storyMs, failures] = [0, 0, 0, 0];
    for (let at = 0; at < order.count && failures < order.failuresMax; at++) {
      const seed = order.from + at * order.every;
      const outcome = await runPlan(makePlan(seed), { trace: false });
      stories++;
      steps += outcome.steps;
      storyMs += outcome.storyMs;
      if (outcome.failure === undefined) continue;
      failures++;
      say({ says: 'failed', seed, message: outcome.failure.stack ?? outcome.failure.message });
    }
    say({ says: 'ran', stories, steps, storyMs });
    break;
  }
  case 'play': {
    const { failure, steps, trace } = await runPlan(order.plan, { trace: order.trace });
    say({ says: 'played', failure: failure?.stack ?? null, steps, trace });
    break;
  }
  case 'shrink': {
    const { failure } = await runPlan(order.plan, { trace: false });
    if (failure === undefined) throw new Error('This story ends well');
    const shorter = await shrink(order.plan, failure);
    say({ says: 'shrunk', plan: shorter.plan, failure: shorter.failure.stack ?? shorter.failure.message });
    break;
  }
}
