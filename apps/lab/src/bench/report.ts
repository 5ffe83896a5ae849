import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../load/environment.ts';
import { formatMs, formatValue, median } from './format.ts';
import type { StoredRun } from './store.ts';
import { type Bar, lineChart, targetChart } from './svg.ts';
import { standing, type Target, targets } from './targets.ts';
import type { Workload } from './workload.ts';

const page = fileURLToPath(new URL('../../../../docs/performance.md', import.meta.url));
const charts = fileURLToPath(new URL('../../../../docs/charts/', import.meta.url));
const begin = '<!-- results: written by `npm run bench -w @nexo/lab`, not by hand -->';
const end = '<!-- end of results -->';
/** Repeats further apart than this are pointed at. */
const spreadMax = 0.1;

interface Summary {
  workload: Workload;
  runs: readonly StoredRun[];
}

/** One figure over all repeats. */
interface FigureSummary {
  key: string;
  name: string;
  unit: string;
  values: number[];
  target: Target | undefined;
}

/** Puts the results into `docs/performance.md`, between its marks, and the charts beside it. */
export function writeReport(workloads: readonly Workload[], runs: ReadonlyMap<string, StoredRun[]>): string {
  const summaries = workloads.flatMap((workload): Summary[] => {
    const mine = runs.get(workload.id);
    return mine === undefined ? [] : [{ workload, runs: mine }];
  });
  mkdirSync(charts, { recursive: true });
  for (const name of readdirSync(charts)) if (name.endsWith('.svg')) rmSync(`${charts}${name}`);
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost its marks: ${begin} … ${end}`);
  writeFileSync(page, `${text.slice(0, from)}${begin}\n\n${reportText(summaries)}\n${text.slice(to)}`);
  return page;
}

function reportText(summaries: readonly Summary[]): string {
  const first = summaries[0]?.runs[0];
  if (first === undefined) return 'Nothing has been measured yet.\n';
  const figures = summaries.flatMap(figuresOf);
  const withTarget = figures.filter((figure) => figure.target !== undefined);
  writeFileSync(`${charts}targets.svg`, targetChart('Against floor and goal', withTarget.map(barOf)));
  return [
    describeEnvironment(summaries),
    '### Against the targets\n',
    '![Every figure that has a target, against its floor and goal](charts/targets.svg)\n',
    '| figure | median | range | floor | goal | |',
    '|---|---:|---:|---:|---:|---|',
    ...withTarget.map(targetRow),
    '',
    ...againstBaselines(figures),
    ...summaries.flatMap(describeWorkload),
  ].join('\n');
}

function describeEnvironment(summaries: readonly Summary[]): string {
  const all = summaries.flatMap(({ runs }) => runs);
  const { environment: e } = all[0] as StoredRun;
  const { durability: d } = e;
  const commits = [...new Set(all.map((run) => run.environment.commit))].join(', ');
  const scales = [...new Set(all.map((run) => run.scale))];
  const fsync = (pick: (environment: Environment) => number) => Math.round(median(all.map((run) => pick(run.environment))));
  const rows = [
    ['machine', `${e.cpu}, ${e.cores} cores, ${e.memoryGiB} GiB, Linux ${e.kernel}, ${e.fileSystem}`],
    ['software', `Node ${e.node}, PostgreSQL ${e.postgres}, ${e.redis}, commit ${commits}`],
    [
      'durability',
      `fsync ${d.fsync}, synchronous_commit ${d.synchronous_commit}, full_page_writes ${d.full_page_writes}, ${d.wal_sync_method}`,
    ],
    ['disk', `an 8 KB fdatasync takes ${fsync((x) => x.fsync.p50Us)} µs (p50), ${fsync((x) => x.fsync.p99Us)} µs (p99)`],
    ['settings', e.settings],
    ['co-located', 'server, Postgres, Redis where there is one, and the generators share the cores'],
    ['not used', 'TLS, compression'],
    ['measured', `${dates(all)}, ${repeats(all)}, scale ${scales.join(', ')}`],
  ];
  return ['### The machine\n', '| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`), ''].join('\n');
}

function repeats(runs: readonly StoredRun[]): string {
  const most = Math.max(...runs.map((run) => run.repeat));
  return most === 1 ? 'once' : `${most} times`;
}

/** Ours, what does a part of it alone, and by what name. The naked pipeline is compared in W-01 itself. */
const comparisons = [
  ['W-01 closed-16', 'baselines insert', 'durable sends to a bare insert of the same rows'],
  ['W-05 closed', 'baselines plain', 'deliveries to a bare `ws` broadcast, one write for each message'],
  ['W-05 closed', 'baselines gathered', 'deliveries to a bare `ws` broadcast, ten messages in a write'],
  ['W-05 closed', 'baselines stock', 'deliveries to tRPC’s own adapter'],
] as const;

function againstBaselines(figures: readonly FigureSummary[]): string[] {
  const middleOf = (key: string) => median(figures.find((figure) => figure.key === key)?.values ?? []);
  const rows = comparisons.flatMap(([ours, alone, name]) => {
    const [mine, theirs] = [middleOf(ours), middleOf(alone)];
    if (mine === 0 || theirs === 0) return [];
    return `| ${name} | ${formatValue(mine, '/s')} | ${formatValue(theirs, '/s')} | ${(mine / theirs).toFixed(2)} |`;
  });
  if (rows.length === 0) return [];
  const head = ['### Against what the parts do alone\n', '| | ours | alone | ratio |', '|---|---:|---:|---:|'];
  return [...head, ...rows, ''];
}

function dates(runs: readonly StoredRun[]): string {
  const days = [...new Set(runs.map((run) => run.session.slice(0, 10)))].sort();
  return days.length === 1 ? `${days[0]}` : `${days[0]} to ${days.at(-1)}`;
}

function figuresOf({ workload, runs }: Summary): FigureSummary[] {
  const figures = new Map<string, FigureSummary>();
  for (const { result } of runs) {
    for (const { id, name, unit, value } of result.figures) {
      const key = `${workload.id} ${id}`;
      const known = figures.get(key);
      if (known === undefined) figures.set(key, { key, name, unit, values: [value], target: targets[key] });
      else known.values.push(value);
    }
  }
  return [...figures.values()];
}

const marks = { goal: 'goal reached', floor: 'floor reached', missed: '**below the floor**' };

function targetRow({ key, name, unit, values, target }: FigureSummary): string {
  if (target === undefined) return '';
  const value = median(values);
  const bound = (of: number) => `${target.better === 'higher' ? '≥' : '≤'} ${formatValue(of, unit)}`;
  const id = key.slice(0, key.lastIndexOf(' '));
  return `| ${id}: ${name} | **${formatValue(value, unit)}** | ${range(values, unit)} | ${bound(target.floor)} | ${bound(target.goal)} | ${marks[standing(value, target)]} |`;
}

function range(values: readonly number[], unit: string): string {
  if (values.length < 2) return '';
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const wide = high - low > spreadMax * Math.abs(median(values)) ? ' (wide)' : '';
  return `${formatValue(low, '')} to ${formatValue(high, unit)}${wide}`;
}

function barOf({ name, unit, values, target }: FigureSummary): Bar {
  const value = median(values);
  if (target === undefined) return { name, text: '', share: 0, floorShare: 0 };
  const toGoal = (of: number) => (target.better === 'higher' ? of / target.goal : target.goal / Math.max(1e-9, of));
  return { name, text: formatValue(value, unit), share: toGoal(value), floorShare: toGoal(target.floor) };
}

function describeWorkload(summary: Summary): string[] {
  const { workload, runs } = summary;
  const figures = figuresOf(summary);
  const last = runs.at(-1)?.result;
  const wrong = runs.flatMap(({ result }) => result.findings);
  const invalid = [...new Set(runs.flatMap(({ result }) => result.invalid))];
  const lines = [`### ${workload.id}: ${workload.title}\n`, `${workload.what}\n`];
  if (wrong.length > 0) return [...lines, '**Not correct, so there is no result:**\n', ...wrong.map((text) => `- ${text}`), ''];
  if (figures.length > 0) {
    lines.push('| figure | median | range |', '|---|---:|---:|');
    lines.push(
      ...figures.map(({ name, unit, values }) => `| ${name} | ${formatValue(median(values), unit)} | ${range(values, unit)} |`),
      '',
    );
  }
  lines.push(...latencyTable(runs));
  for (const chart of last?.charts ?? []) {
    const name = `${workload.id.toLowerCase()}-${chart.id}.svg`;
    writeFileSync(`${charts}${name}`, lineChart(chart));
    lines.push(`![${chart.title}](charts/${name})\n`);
  }
  if (invalid.length > 0) {
    lines.push('The generator was itself late, so these say more than they should:\n', ...invalid.map((text) => `- ${text}`), '');
  }
  if (last !== undefined && last.notes.length > 0) {
    lines.push(
      '<details><summary>Who used the cores, what was verified</summary>\n',
      ...last.notes.map((text) => `- ${text}`),
      '\n</details>\n',
    );
  }
  return lines;
}

function latencyTable(runs: readonly StoredRun[]): string[] {
  const rows = new Map<string, number[][]>();
  for (const { result } of runs) {
    for (const { name, p50, p90, p99, p999, max } of result.latencies) {
      rows.set(name, [...(rows.get(name) ?? []), [p50, p90, p99, p999, max]]);
    }
  }
  if (rows.size === 0) return [];
  const cells = (repeats: number[][]) => [0, 1, 2, 3, 4].map((i) => formatMs(median(repeats.map((row) => row[i] ?? 0))));
  return [
    '| ms from the intended moment | p50 | p90 | p99 | p99.9 | max |',
    '|---|---:|---:|---:|---:|---:|',
    ...[...rows].map(([name, repeats]) => `| ${name} | ${cells(repeats).join(' | ')} |`),
    '',
  ];
}
