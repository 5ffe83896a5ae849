import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { draftsInLocalStorage } from './draft-memory.ts';

/** As browsers have it: the keys are its own properties. */
class FakeStorage {
  [key: string]: unknown;
  getItem(key: string) {
    return (this[key] as string | undefined) ?? null;
  }
  setItem(key: string, value: string) {
    this[key] = value;
  }
  removeItem(key: string) {
    delete this[key];
  }
}

beforeEach(() => vi.stubGlobal('localStorage', new FakeStorage()));
afterEach(() => vi.unstubAllGlobals());

it('D8 one person’s drafts are not those of another whose id begins with theirs', () => {
  const drafts = draftsInLocalStorage();
  drafts.save('ann.b', 'chat', { text: 'for nobody else', over: 0 });
  drafts.save('ann', 'chat', { text: 'mine', over: 0 });
  expect([...drafts.load('ann')]).toEqual([['chat', { text: 'mine', over: 0 }]]);
  drafts.forget('ann');
  expect([...drafts.load('ann')]).toEqual([]);
  expect([...drafts.load('ann.b')]).toEqual([['chat', { text: 'for nobody else', over: 0 }]]);
});
