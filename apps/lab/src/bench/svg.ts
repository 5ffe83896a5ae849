import type { Chart } from './workload.ts';

/** Small charts for the report: plain SVG that reads on light and dark pages, a few kilobytes each. */
const width = 720;
const height = 260;
const margin = { left: 62, right: 16, top: 34, bottom: 40 };
const colours = ['#2f6fdb', '#d9822b', '#2a9d6f', '#a24bcf'];
const ink = '#7a7f87';
/** More points than this tell nothing in so few pixels, and weigh. */
const pointsMax = 240;

/** Lines over a common x. */
export function lineChart({ title, x, y, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const xMax = niceMax(Math.max(1e-9, ...points.map(([value]) => value)));
  const yMax = niceMax(Math.max(1e-9, ...points.map(([, value]) => value)));
  const px = (value: number) => round(margin.left + (value / xMax) * (width - margin.left - margin.right));
  const py = (value: number) => round(height - margin.bottom - (value / yMax) * (height - margin.top - margin.bottom));
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = py(share * yMax);
    return (
      `<line x1="${margin.left}" y1="${at}" x2="${width - margin.right}" y2="${at}" stroke="${ink}" stroke-opacity=".25"/>` +
      label(margin.left - 6, at + 4, short(share * yMax), 'end') +
      label(px(share * xMax), height - margin.bottom + 16, short(share * xMax), 'middle')
    );
  });
  const drawn = lines.map((line, i) => {
    const path = thin(line.points)
      .map(([a, b]) => `${px(a)},${py(b)}`)
      .join(' ');
    const colour = colours[i % colours.length] ?? ink;
    const key = width - margin.right - (lines.length - i) * 130;
    return (
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.8"/>` +
      `<rect x="${key}" y="12" width="10" height="10" fill="${colour}"/>${label(key + 15, 21, line.name, 'start')}`
    );
  });
  return document(title, height, [
    ...grid,
    ...drawn,
    label(width / 2, height - 6, x, 'middle'),
    `<text transform="translate(14 ${height / 2}) rotate(-90)" text-anchor="middle" fill="${ink}">${escaped(y)}</text>`,
  ]);
}

export interface Bar {
  name: string;
  text: string;
  /** Of the goal, where 1 is reached: higher is better. */
  share: number;
  /** Of the floor, on the same scale. */
  floorShare: number;
}

const barHeight = 24;
const nameWidth = 330;
/** What is more than twice the goal is drawn as twice the goal. */
const shareMax = 2;

/** How far each figure is from its floor and goal. */
export function targetChart(title: string, bars: readonly Bar[]): string {
  const total = margin.top + bars.length * barHeight + 28;
  const px = (share: number) => round(nameWidth + (Math.min(share, shareMax) / shareMax) * (width - nameWidth - 20));
  const rows = bars.map(({ name, text, share, floorShare }, i) => {
    const top = margin.top + i * barHeight;
    const colour = share >= 1 ? '#2a9d6f' : share >= floorShare ? '#d9a52b' : '#c8483f';
    return (
      label(nameWidth - 8, top + 15, name, 'end') +
      `<rect x="${nameWidth}" y="${top + 4}" width="${round(Math.max(1, px(share) - nameWidth))}" height="${barHeight - 8}" fill="${colour}" fill-opacity=".8"/>` +
      `<line x1="${px(floorShare)}" y1="${top + 1}" x2="${px(floorShare)}" y2="${top + barHeight - 1}" stroke="${ink}" stroke-dasharray="3 2"/>` +
      label(nameWidth + 6, top + 16, text, 'start')
    );
  });
  const goal = `<line x1="${px(1)}" y1="${margin.top}" x2="${px(1)}" y2="${total - 26}" stroke="${ink}" stroke-width="1.5"/>`;
  return document(title, total, [
    ...rows,
    goal,
    label(px(1), total - 10, 'goal', 'middle'),
    label(nameWidth, total - 10, 'dashed: floor', 'end'),
  ]);
}

function document(title: string, high: number, parts: readonly string[]): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${high}" width="${width}" height="${high}" ` +
    `font-family="system-ui,sans-serif" font-size="11">\n<title>${escaped(title)}</title>\n` +
    `<text x="16" y="20" font-size="13" font-weight="600" fill="${ink}">${escaped(title)}</text>\n${parts.join('\n')}\n</svg>\n`
  );
}

function label(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${ink}">${escaped(text)}</text>`;
}

function thin(points: readonly [number, number][]): [number, number][] {
  const every = Math.max(1, Math.ceil(points.length / pointsMax));
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

/** The next number above that ends an axis well. */
function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

function short(value: number): string {
  if (value >= 1_000_000) return `${round(value / 1_000_000)}M`;
  return value >= 10_000 ? `${round(value / 1_000)}k` : String(round(value));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
