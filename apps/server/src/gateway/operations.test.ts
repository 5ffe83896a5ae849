import { type CloseName, limits } from '@nexo/shared';
import { expect, test } from 'vitest';
import { Operations, type OperationsOptions } from './operations.ts';

/** The operations of a socket whose calls are never answered. */
function busyOperations() {
  const closedAs: CloseName[] = [];
  const ws = { OPEN: 1, readyState: 1, pause() {}, resume() {} };
  const outbound = { outboundBytes: 0, close: (name: CloseName) => closedAs.push(name) };
  const calls = { run: () => new Promise<void>(() => {}) };
  const nothing = () => {};
  const options = { ws, outbound, events: {}, calls, handle: nothing, refuse: nothing };
  const operations = new Operations(options as unknown as OperationsOptions);
  const query = (id: number) => ({ id, method: 'query', params: { path: 'users.me' } });
  operations.take(
    Array.from({ length: limits.unansweredMaxOperations }, (_, id) => query(id)),
    2_000,
  );
  return { operations, closedAs };
}

test('G6 a frame may be an array of any number of operations, but who sends on while they wait is closed', () => {
  const { operations, closedAs } = busyOperations();
  const frame = Array(limits.frameMaxBytes / 2 - 1).fill(0);
  operations.take(frame, limits.frameMaxBytes);
  expect(closedAs).toEqual([]);
  operations.take(frame, limits.frameMaxBytes);
  expect(closedAs).toEqual(['RATE_LIMITED']);
});

test('G6 who is read no further because of what waits may have sent some frames more', () => {
  const { operations, closedAs } = busyOperations();
  for (let n = 0; n < 10; n++) operations.take([{}], limits.frameMaxBytes);
  expect(closedAs).toEqual([]);
});
