import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bucketCount, bucketFile, bucketOf, devicesFile } from './files.ts';
import type { Line } from './line.ts';

/** Text gathered for one file before it is written. */
const gatherMaxChars = 64 * 1024;
const flushEveryMs = 200;

/** Appends lines to the files of one process. */
export interface HistoryWriter {
  write(line: Line): void;
  /** Lines written so far. */
  count(): number;
  /** Writes out what is gathered. */
  flush(): void;
  close(): void;
}

/** Opens the history of one process in `folder`. Lines of conversations go into buckets, so that they can be checked in parts. */
export function writeHistory(folder: string, writer: string): HistoryWriter {
  mkdirSync(folder, { recursive: true });
  const open = (name: string) => ({ file: openSync(join(folder, name), 'a'), text: '' });
  const buckets = Array.from({ length: bucketCount }, (_, bucket) => open(bucketFile(writer, bucket)));
  const devices = open(devicesFile(writer));
  const all = [...buckets, devices];
  let lines = 0;

  function flushOne(one: { file: number; text: string }): void {
    if (one.text === '') return;
    writeSync(one.file, one.text);
    one.text = '';
  }

  function flush(): void {
    for (const one of all) flushOne(one);
  }

  const timer = setInterval(flush, flushEveryMs);
  timer.unref();

  return {
    write(line) {
      const one = 'in' in line ? (buckets[bucketOf(line.in)] ?? devices) : devices;
      one.text += `${JSON.stringify(line)}\n`;
      lines++;
      if (one.text.length >= gatherMaxChars) flushOne(one);
    },
    count: () => lines,
    flush,
    close() {
      clearInterval(timer);
      flush();
      for (const { file } of all) closeSync(file);
    },
  };
}
