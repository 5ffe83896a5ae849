import { expect, it } from 'vitest';
import { readEpochs } from '../src/check/trial/epochs.ts';
import type { DeviceLine, NemesisLine } from '../src/history/line.ts';

const restored = { t: 10, by: 'nemesis', op: 'restored', lostFrom: 5, epoch: 'new' } as const;
const epoch = (by: string, t: number): DeviceLine => ({ t, by, op: 'life', event: 'epoch', epoch: 'new' });
const begins = (by: string, t: number, storage: 'empty' | 'kept'): DeviceLine =>
  ({ t, by, op: 'life', event: 'begins', storage, node: 0 }) as DeviceLine;
const heard = (by: string, t: number) => ({ t, by, in: 'c', op: 'received', type: 'message.sent', change: 2 }) as never;

function kept(lines: (DeviceLine | NemesisLine)[], line: never): unknown[] {
  const found = { add: () => undefined } as never;
  return readEpochs(lines, found)?.keep([line]) ?? [];
}

it('what a device heard of the old time before it learnt of the new one does not count', () => {
  const by = 'p/1#1';
  expect(kept([restored, begins(by, 1, 'kept'), epoch(by, 30)], heard(by, 25))).toEqual([]);
});

it('who begins with nothing after a backup was restored is of the new time from the first word on', () => {
  const by = 'p/2#1';
  expect(kept([restored, begins(by, 20, 'empty'), epoch(by, 30)], heard(by, 25))).toMatchObject([{ by: `${by}+`, t: 25 }]);
});
