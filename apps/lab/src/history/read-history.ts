import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bucketCount } from './files.ts';
import type { ConversationLine, DeviceLine, NemesisLine } from './line.ts';

/** A history on disk, read in parts. */
export interface HistoryFiles {
  /** Lines about devices and of the nemesis, in the order of time. */
  readDevices(): Promise<(DeviceLine | NemesisLine)[]>;
  /** Lines of one bucket by conversation, each in the order of time. */
  readBucket(bucket: number): Promise<Map<string, ConversationLine[]>>;
  buckets: number;
}

export function readHistory(folder: string): HistoryFiles {
  const names = readdirSync(folder);
  const matching = (part: string) => names.filter((name) => name.endsWith(part)).map((name) => join(folder, name));
  return {
    buckets: bucketCount,
    async readDevices() {
      const lines: (DeviceLine | NemesisLine)[] = [];
      for (const file of matching('.devices.jsonl')) await readLines<DeviceLine | NemesisLine>(file, (line) => lines.push(line));
      return inTime(lines);
    },
    async readBucket(bucket) {
      const byConversation = new Map<string, ConversationLine[]>();
      for (const file of matching(`.bucket-${String(bucket).padStart(2, '0')}.jsonl`)) {
        await readLines<ConversationLine>(file, (line) => {
          const lines = byConversation.get(line.in);
          if (lines === undefined) byConversation.set(line.in, [line]);
          else lines.push(line);
        });
      }
      for (const lines of byConversation.values()) inTime(lines);
      return byConversation;
    },
  };
}

async function readLines<T>(file: string, take: (line: T) => void): Promise<void> {
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (text !== '') take(JSON.parse(text) as T);
  }
}

/** A stable sort: what one process wrote in one microsecond stays in its order. */
function inTime<T extends { t: number }>(lines: T[]): T[] {
  return lines.sort((a, b) => a.t - b.t);
}
