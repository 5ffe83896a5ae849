import { expect, it } from 'vitest';
import { addressOf, parseRoute, type Route } from './route.ts';

it('every place is an address and back', () => {
  const id = '4cc4939c-9dc1-532e-9e99-9e82e200f005';
  const places: Route[] = [
    { name: 'chats' },
    { name: 'unread' },
    { name: 'settings' },
    { name: 'contacts' },
    { name: 'join', door: 'abcdefghijklmnopqrstu_' },
    { name: 'join', door: id },
    { name: 'conversation', id, details: false },
    { name: 'conversation', id, details: true },
    { name: 'conversation', id, details: 'members' },
  ];
  for (const place of places) expect(parseRoute(addressOf(place))).toEqual(place);
  expect(parseRoute('/c/not-an-id')).toEqual({ name: 'chats' });
});
