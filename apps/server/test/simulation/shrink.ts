import type { Plan } from './plan.ts';
import { runPlan } from './run-plan.ts';

/** Stories played to make one shorter, at most. */
const triesMax = 500;

/** What kind of failure it is: the same whatever the ids and numbers in its words. */
function kindOf(failure: Error): string {
  const [first = ''] = failure.message.split('\n');
  return first
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '…')
    .replace(/\b(alice|bob|carol|dave|node)?[\d.]+/g, '…')
    .slice(0, 80);
}

/** The shortest plan that can be found which fails in the same way: steps and faults are left out, and the world made simpler. */
export async function shrink(plan: Plan, failure: Error): Promise<{ plan: Plan; failure: Error }> {
  const kind = kindOf(failure);
  let best = { plan, failure };
  let tries = 0;

  async function take(candidate: Plan): Promise<boolean> {
    if (tries++ >= triesMax) return false;
    const outcome = await runPlan(candidate, { trace: false });
    if (outcome.failure === undefined || kindOf(outcome.failure) !== kind) return false;
    best = { plan: candidate, failure: outcome.failure };
    return true;
  }

  async function dropSteps(): Promise<boolean> {
    let isShorter = false;
    for (let size = Math.ceil(best.plan.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = best.plan.steps.length - size; from > -size; from -= size) {
        const steps = best.plan.steps.filter((_, at) => at < from || at >= from + size);
        if (steps.length < best.plan.steps.length && (await take({ ...best.plan, steps }))) isShorter = true;
      }
    }
    return isShorter;
  }

  async function simplifyWorld(): Promise<boolean> {
    let isSimpler = false;
    for (const simpler of simplerWorlds(best.plan.world)) {
      const world = { ...best.plan.world, ...simpler };
      if (JSON.stringify(world) !== JSON.stringify(best.plan.world) && (await take({ ...best.plan, world }))) isSimpler = true;
    }
    return isSimpler;
  }

  while ((await dropSteps()) || (await simplifyWorld())) if (tries >= triesMax) break;
  return best;
}

function* simplerWorlds({ bus, devices, nodes }: Plan['world']): Generator<Partial<Plan['world']>> {
  yield { bus: { ...bus, repeat: 0 } };
  yield { bus: { ...bus, loss: 0 } };
  yield { bus: { ...bus, delayMaxMs: 5 } };
  yield { bus: { ...bus, hearsItselfThroughMedium: false } };
  yield { smallLimits: false };
  yield { networkLatencyMaxMs: 2 };
  yield { databaseLatencyMaxMs: 1 };
  for (let fewer = 1; fewer < nodes; fewer++) yield { nodes: fewer };
  for (let fewer = 1; fewer < devices.length; fewer++) yield { devices: devices.slice(0, fewer) };
}
