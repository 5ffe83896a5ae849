import { isThere } from '../src/check/trial/case.ts';
import type { StoredConversation, StoredRow } from '../src/check/trial/stored.ts';
import type { Invariant } from '../src/check/trial/violation.ts';
import { type ConversationLine, type DeviceLine, type Line, userOf } from '../src/history/line.ts';
import type { RecordedTrial } from '../src/trial/record.ts';

export type Of<Op extends ConversationLine['op']> = Extract<ConversationLine, { op: Op }>;
export type Phase<P extends Of<'send'>['phase']> = Extract<Of<'send'>, { phase: P }>;

export interface Place {
  lines: ConversationLine[];
  stored: StoredConversation;
}

/** The conversations, the busiest first. */
export function places({ conversations }: RecordedTrial): Place[] {
  const all = conversations.flatMap(({ lines, stored }) => (stored === null ? [] : [{ lines, stored }]));
  return all.sort((a, b) => b.lines.length - a.lines.length);
}

/** The first place and what `find` finds there. */
export function seek<T>(trial: RecordedTrial, find: (place: Place) => T | undefined): { place: Place; found: T } {
  for (const place of places(trial)) {
    const found = find(place);
    if (found !== undefined) return { place, found };
  }
  throw new Error('The recorded trial has no place for this corruption.');
}

/** The lines of one kind of a place. */
export const linesOf = <Op extends ConversationLine['op']>({ lines }: Place, op: Op) =>
  lines.filter((line): line is Of<Op> => line.op === op);
/** Joining and leaving are one type of line. */
export type Membership = Of<'create' | 'invite' | 'leave' | 'openDirect'>;
export const movesOf = ({ lines }: Place, op: 'invite' | 'leave') => lines.filter((line): line is Membership => line.op === op);
export const sendsOf = <P extends Of<'send'>['phase']>(place: Place, phase: P) =>
  linesOf(place, 'send').filter((line): line is Phase<P> => line.phase === phase);
export const rowOf = ({ stored }: Place, id: string) => stored.messages.find((row) => row.id === id);
export const set = <T extends object>(target: T, change: Partial<{ [K in keyof T]: unknown }>) => Object.assign(target, change);
/** Adds to a number. */
export const more = <K extends string>(target: Record<K, number>, key: K, by: number) =>
  Object.assign(target, { [key]: target[key] + by });
export const change = (line: Line, fields: Record<string, unknown>) => Object.assign(line, fields);

export function remove<T>(list: T[], gone: (item: T) => boolean): void {
  for (let i = list.length - 1; i >= 0; i--) if (gone(list[i] as T)) list.splice(i, 1);
}

/** Two neighbours of one kind in the same life (or device), each with its own row. */
export function neighbours<L extends ConversationLine>(lines: L[], keyOf: (line: L) => string, fits: (a: L, b: L) => boolean) {
  const last = new Map<string, L>();
  for (const line of lines) {
    const before = last.get(keyOf(line));
    if (before !== undefined && fits(before, line)) return [before, line] as const;
    last.set(keyOf(line), line);
  }
  return undefined;
}

/** A text in the middle, acknowledged to its sender, of which nothing became since. */
export function middleText(place: Place): { row: StoredRow; ok: Phase<'ok'> } | undefined {
  for (const ok of sendsOf(place, 'ok')) {
    const row = rowOf(place, ok.id);
    if (row !== undefined && !row.isChanged && row.seq > 2 && row.seq < place.stored.messages.length - 2) return { row, ok };
  }
  return undefined;
}

/** Whether a person has this message to the end: not cleared, not taken out of their view. */
export function hasForGood({ stored }: Place, by: string, seq: number): boolean {
  return isThere(
    stored.members.find((member) => member.userId === userOf(by)),
    seq,
  );
}

export const endOf = (
  trial: RecordedTrial,
  view: 'live' | 'cold',
  fits: (end: Of<'end'>, place: Place) => boolean = () => true,
) => seek(trial, (place) => linesOf(place, 'end').find((end) => end.view === view && end.items.length > 3 && fits(end, place)));
export const groupEnd = (trial: RecordedTrial) =>
  endOf(trial, 'cold', (end) => end.members !== undefined && !end.left && end.members.length > 1);
export const endDevice = ({ devices }: RecordedTrial) => {
  const line = devices.find((line): line is Extract<DeviceLine, { op: 'endDevice' }> => line.op === 'endDevice');
  if (line === undefined) throw new Error('no device');
  return line;
};

/** One kind of damage, and under which invariant it is found. */
export type Corruption = [title: string, invariant: Invariant, corrupt: (trial: RecordedTrial) => void];
