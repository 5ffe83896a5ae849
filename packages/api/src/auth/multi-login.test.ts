import type { Platform } from '@nexo/shared';
import { expect, test } from 'vitest';
import { type MultiLoginPolicy, replacedBy } from './multi-login.ts';

const signedIn: Platform[] = ['web', 'miniWeb', 'ios', 'android', 'windows', 'macos', 'ipad', 'server'];

const table: [MultiLoginPolicy, Platform, Platform[]][] = [
  ['none', 'web', []],
  ['none', 'ios', []],
  ['samePlatform', 'web', ['web']],
  ['samePlatform', 'ios', ['ios']],
  ['samePlatform', 'linux', []],
  ['samePlatform', 'server', []],
  ['sameClass', 'web', ['web', 'miniWeb']],
  ['sameClass', 'ios', ['ios', 'android']],
  ['sameClass', 'harmony', ['ios', 'android']],
  ['sameClass', 'linux', ['windows', 'macos']],
  ['sameClass', 'androidPad', ['ipad']],
  ['sameClass', 'server', []],
  ['pcAndOneOther', 'macos', []],
  ['pcAndOneOther', 'ios', ['web', 'miniWeb', 'ios', 'android', 'ipad']],
  ['pcAndOneOther', 'web', ['web', 'miniWeb', 'ios', 'android', 'ipad']],
  ['pcAndOneOther', 'server', []],
];

test.each(table)('multi-login %s: a login on %s ends the sessions on %j', (policy, platform, ended) => {
  const older = signedIn.map((platform) => ({ platform }));
  expect(replacedBy(policy, platform, older).map((session) => session.platform)).toEqual(ended);
});
