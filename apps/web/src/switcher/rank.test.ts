import { expect, it } from 'vitest';
import { rank } from './rank.ts';

it('ranks beginnings before insides, without case and accents', () => {
  expect(rank('Zoë Ångström', 'zoe')).toBe(1);
  expect(rank('Zoë Ångström', 'ang')).toBe(2);
  expect(rank('Zoë Ångström', 'stro')).toBe(3);
  expect(rank('Zoë Ångström', 'zagm')).toBe(4);
  expect(rank('Zoë Ångström', 'bo')).toBeUndefined();
  expect(rank('anything', ' ')).toBe(0);
});
