import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { StoredConversation, StoredPerson } from '../check/trial/stored.ts';
import type { ConversationLine, DeviceLine, NemesisLine } from '../history/line.ts';

/** A whole trial in one piece, small enough for memory: what the tests of the checker damage. */
export interface RecordedTrial {
  devices: (DeviceLine | NemesisLine)[];
  people: StoredPerson[];
  conversations: { id: string; lines: ConversationLine[]; stored: StoredConversation | null }[];
}

export function writeRecorded(file: string, recorded: RecordedTrial): void {
  writeFileSync(file, gzipSync(JSON.stringify(recorded), { level: 9 }));
}
