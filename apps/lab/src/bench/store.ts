import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../load/environment.ts';
import { resultsFolder } from '../load/system.ts';
import type { Scale, WorkloadResult } from './workload.ts';

/** One run of one workload, as it is stored. */
export interface StoredRun {
  workload: string;
  scale: Scale;
  /** One start of the program: the repeats of it belong together. */
  session: string;
  repeat: number;
  seconds: number;
  environment: Environment;
  result: WorkloadResult;
}

const folder = join(resultsFolder, 'bench');

/** Stores a run. One that was not correct has no figures. */
export function storeRun(run: StoredRun): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${run.session}-${run.workload}-${run.repeat}.json`);
  const result = run.result.findings.length === 0 ? run.result : { ...run.result, figures: [], latencies: [], charts: [] };
  writeFileSync(file, JSON.stringify({ ...run, result }, null, 1));
  return file;
}

/** Of each workload, the runs of the newest session that has it, at that scale. */
export function readRuns(scale: Scale): Map<string, StoredRun[]> {
  mkdirSync(folder, { recursive: true });
  const newest = new Map<string, StoredRun[]>();
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.json')) continue;
    const run = JSON.parse(readFileSync(join(folder, name), 'utf8')) as StoredRun;
    if (run.scale !== scale) continue;
    const known = newest.get(run.workload);
    if (known?.[0]?.session === run.session) known.push(run);
    else newest.set(run.workload, [run]);
  }
  return newest;
}
