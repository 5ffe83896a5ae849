import type { Plan } from './plan.ts';

/** Stories that failed once, each with what it taught. They are played in every test run. */
export const regressions: { title: string; plan: Plan }[] = [];
