import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

export interface HotFunction {
  name: string;
  /** Share of the time that the process was running, by the function's own lines. */
  selfPercent: number;
}

/** The functions in which a process spent its own time, hottest first, from the newest .cpuprofile of a folder. */
export function hottestFunctions(folder: string, max: number): HotFunction[] {
  const name = readdirSync(folder)
    .filter((entry) => entry.endsWith('.cpuprofile'))
    .sort()
    .at(-1);
  if (name === undefined) throw new Error(`There is no CPU profile in ${folder}.`);
  const profile: CpuProfile = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const labels = new Map<number, string>();
  for (const { id, callFrame } of profile.nodes) {
    const place = callFrame.url === '' ? '' : ` ${callFrame.url.split('/').slice(-2).join('/')}:${callFrame.lineNumber + 1}`;
    labels.set(id, `${callFrame.functionName || '(anonymous)'}${place}`);
  }
  const times = new Map<string, number>();
  let busy = 0;
  for (const [i, sample] of profile.samples.entries()) {
    const label = labels.get(sample) ?? '?';
    if (label === '(idle)') continue;
    const delta = profile.timeDeltas[i] ?? 0;
    busy += delta;
    times.set(label, (times.get(label) ?? 0) + delta);
  }
  return [...times]
    .sort((a, b) => b[1] - a[1])
    .slice(0, max)
    .map(([label, time]) => ({ name: label, selfPercent: (100 * time) / busy }));
}
