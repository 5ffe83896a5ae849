import type { Plan } from './plan.ts';
import { takeOverPlatform } from './platform.ts';
import { setLimits } from './small-limits.ts';
import { Story } from './story.ts';

export interface Outcome {
  /** Undefined when all was well. */
  failure: Error | undefined;
  steps: number;
  /** Time that passed in the story. */
  storyMs: number;
  trace: string[];
}

/** Plays a plan. Nothing else may run in this thread meanwhile: the platform's clocks and timers are the story's. */
export async function runPlan(plan: Plan, options: { trace: boolean }): Promise<Outcome> {
  setLimits(plan.world.smallLimits);
  const story = new Story(plan, options);
  const { scheduler } = story;
  const uncaught = (fault: unknown) => {
    scheduler.faults.push(fault);
  };
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', uncaught);
  const giveBack = takeOverPlatform(scheduler);
  let failure: Error | undefined;
  try {
    await story.play();
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  } finally {
    giveBack();
    setLimits(false);
  }
  // Rejections that nobody handled are told once the loop turns.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('uncaughtException', uncaught);
  process.off('unhandledRejection', uncaught);
  const [fault] = scheduler.faults;
  failure ??= fault === undefined ? undefined : fault instanceof Error ? fault : new Error(String(fault));
  return { failure, steps: scheduler.steps, storyMs: scheduler.nowMs, trace: scheduler.trace ?? [] };
}
