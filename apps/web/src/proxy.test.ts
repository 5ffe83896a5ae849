import { NextRequest } from 'next/server';
import { expect, it } from 'vitest';
import { proxy } from './proxy.ts';

const policyOf = (headers: Record<string, string>) =>
  proxy(new NextRequest('http://chat.example/', { headers })).headers.get('content-security-policy')?.split('; ');

it('pictures by plain http are shown on a page that came so itself, and on no other', () => {
  expect(policyOf({})).toContain("img-src 'self' data: blob: https: http:");
  const secure = policyOf({ 'x-forwarded-proto': 'https' });
  expect(secure).toContain("img-src 'self' data: blob: https:");
  expect(secure).toContain("media-src 'self' blob: https:");
});
