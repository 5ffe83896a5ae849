import { uuidSchema } from '@nexo/shared';
import { expect, test } from 'vitest';
import { makeNewId } from './ids.ts';

test('ids are never made twice, over many draws of random bytes', () => {
  const newId = makeNewId();
  const ids = Array.from({ length: 10_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => uuidSchema.safeParse(id).success)).toBe(true);
});
