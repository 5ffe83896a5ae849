import type { IncomingMessage } from 'node:http';
import { defaultMessageRules, limits } from '@nexo/shared';
import { expect, test } from 'vitest';
import { Handshakes } from './handshake.ts';

const settings = {
  registrationOpen: true,
  secureCookies: false,
  multiLogin: 'none' as const,
  messageRules: defaultMessageRules,
  newAccounts: { messagesFrom: 'everyone', contactRequestsFrom: 'everyone' } as const,
};
const req = { url: '/trpc', headers: { host: 'localhost' } } as IncomingMessage;

test('W4 those who have not said who they are are bounded in all, from however many addresses, and have five seconds', () => {
  const handshakes = new Handshakes({ origins: new Set(), settings });
  const of = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
  const leave = Array.from({ length: limits.unauthenticatedMax }, (_, n) => handshakes.enter(of(n)));
  expect(handshakes.check(req, '192.0.2.1')).toMatchObject({ accepted: false, status: 503 });
  leave[0]?.();
  leave[0]?.();
  expect(handshakes.check(req, '192.0.2.1').accepted).toBe(true);
  handshakes.enter('192.0.2.1');
  expect(handshakes.check(req, '192.0.2.2').accepted).toBe(false);
  expect(limits.authMaxMs).toBeLessThanOrEqual(5_000);
  expect(limits.connectionsMaxPerUser).toBeLessThanOrEqual(20);
});

test('G4 all addresses of one /64 share what one address may open, which leaves most of it to others', () => {
  const handshakes = new Handshakes({ origins: new Set(), settings });
  const of = (n: number) => `2001:db8:1:2::${n.toString(16)}`;
  const leave = Array.from({ length: limits.unauthenticatedMaxPerAddress }, (_, n) => handshakes.enter(of(n)));
  expect(handshakes.check(req, of(9_999))).toMatchObject({ accepted: false, status: 503 });
  expect(handshakes.check(req, '2001:db8:1:3::1').accepted).toBe(true);
  leave[0]?.();
  expect(handshakes.check(req, of(9_999)).accepted).toBe(true);
  expect(limits.unauthenticatedMaxPerAddress).toBeLessThanOrEqual(limits.unauthenticatedMax / 8);
});
