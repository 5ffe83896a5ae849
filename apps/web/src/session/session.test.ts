import { expect, it } from 'vitest';
import { deviceName } from './engine.ts';
import { nextAddress } from './next-address.ts';
import { hasSessionCookie } from './session-cookie.ts';

it('after signing in one comes to places of our own only', () => {
  expect(nextAddress('?next=%2Fsettings')).toBe('/settings');
  expect(nextAddress('?next=%2Fc%2F1%3Fat%3D2%23x')).toBe('/c/1?at=2#x');
  const elsewhere = [
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r\\evil.example',
    '/.//evil.example',
  ];
  for (const next of [...elsewhere, 'https://evil.example', 'javascript:1', '/sign-in', '/\tsign-in', '']) {
    expect(nextAddress(`?next=${encodeURIComponent(next)}`)).toBe('/');
  }
});

it('knows the cookie of a session by both of its names, and not an empty one', () => {
  expect(hasSessionCookie('a=1; nexo_refresh=x')).toBe(true);
  expect(hasSessionCookie('__Host-nexo_refresh=x')).toBe(true);
  expect(hasSessionCookie('nexo_refresh=; other_nexo_refresh=y')).toBe(false);
  expect(hasSessionCookie(null)).toBe(false);
});

it('calls a browser what a person would call it', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';
  expect(deviceName(chrome)).toBe('Chrome on Linux');
  expect(deviceName(`${chrome} Edg/143.0`)).toBe('Edge on Linux');
  expect(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605.1')).toBe('Safari on iOS');
  expect(deviceName('curl/8')).toBe('Browser');
});
