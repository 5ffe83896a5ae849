import { expect, it } from 'vitest';
import { sortContacts } from './sort-contacts.ts';

const contacts = ['dora', 'ben', 'ann', 'cem', 'bea'].map((userId) => ({ userId, addedAt: 1 }));
const pinned = [...contacts, { userId: 'zoe', addedAt: 1, pinnedAt: 20 }, { userId: 'yan', addedAt: 1, pinnedAt: 30 }];
const names: Record<string, string> = { ann: 'Zora', ben: 'Ben', bea: 'Ben', cem: 'Çem', dora: 'Dora', zoe: 'Zoe', yan: 'Aaron' };
const nameOf = (id: string) => names[id] ?? id;
const ids = (query: string) => sortContacts(pinned, nameOf, query).map(({ userId }) => userId);

it('pinned ones come first, as they were pinned, then all by name, and of one name by id', () => {
  expect(ids('')).toEqual(['zoe', 'yan', 'bea', 'ben', 'cem', 'dora', 'ann']);
});

it('the query is looked for in names and ids, whatever its case', () => {
  expect(ids('ZOR')).toEqual(['ann']);
  expect(ids('@be')).toEqual(['bea', 'ben']);
  expect(ids('nobody')).toEqual([]);
});
