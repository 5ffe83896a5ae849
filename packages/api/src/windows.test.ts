import { expect, test } from 'vitest';
import { Windows } from './windows.ts';

test('a key has its points in each window, and is told when the next one begins', () => {
  const windows = new Windows(2, 1_000);
  expect([windows.take('a', 0), windows.take('a', 400), windows.take('a', 600), windows.take('b', 600)]).toEqual([0, 0, 400, 0]);
  // A refused try does not extend it.
  expect(windows.take('a', 999)).toBe(1);
  expect([windows.take('a', 1_000), windows.take('a', 1_000), windows.take('a', 1_000)]).toEqual([0, 0, 1_000]);
});

test('a point that was given back can be taken again in the same window, and there are never more than there were', () => {
  const windows = new Windows(2, 1_000);
  windows.giveBack('a', 0);
  expect([windows.take('a', 0), windows.take('a', 0), windows.take('a', 0)]).toEqual([0, 0, 1_000]);
  windows.giveBack('a', 500);
  expect([windows.take('a', 500), windows.take('a', 500)]).toEqual([0, 500]);
  windows.take('a', 1_000);
  for (let n = 0; n < 5; n++) windows.giveBack('a', 1_000);
  expect([windows.take('a', 1_000), windows.take('a', 1_000), windows.take('a', 1_000)]).toEqual([0, 0, 1_000]);
});

test('of very many keys the ones that began first are forgotten, and never more are kept', () => {
  const windows = new Windows(1, 1_000);
  for (let n = 0; n <= 50_000; n++) expect(windows.take(`key ${n}`, 0)).toBe(0);
  expect(windows.take('key 50000', 1)).toBe(999);
  expect(windows.take('key 0', 1)).toBe(0);
});
