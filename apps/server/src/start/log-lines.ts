import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { WriteStream } from 'node:tty';

const levels: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
/** On every line of the log, and of no interest to whoever sits before the terminal. */
const hidden = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'v']);

/** Takes the place of the progress that counts on the terminal's last line. */
const clearLine = '\r\x1b[K';

/** Passes a child's output on: unchanged into files and pipes, and readable on a terminal, where the log's JSON is not. */
export function logTo(target: WriteStream, source: Readable | null): void {
  if (source === null) return;
  if (!target.isTTY) {
    source.pipe(target, { end: false });
    return;
  }
  createInterface({ input: source }).on('line', (line) => target.write(`${clearLine}${readableLine(line)}\n`));
}

/** `{"level":30,"time":…,"msg":"listening","port":3000}` becomes `12:34:56 info listening port=3000`; other lines stay. */
export function readableLine(line: string): string {
  if (!line.startsWith('{"level":')) return line;
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  const { level, time, msg } = entry;
  const clock = new Date(typeof time === 'number' ? time : Date.now()).toTimeString().slice(0, 8);
  const fields = Object.entries(entry)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [clock, levels[Number(level)] ?? 'info', msg, ...fields].join(' ');
}
