import * as z from 'zod/mini';

/** Where a session lives. */
export const platformSchema = z.enum([
  'web',
  'ios',
  'android',
  'windows',
  'macos',
  'linux',
  'ipad',
  'androidPad',
  'miniWeb',
  'harmony',
  'server',
]);
export type Platform = z.infer<typeof platformSchema>;

/** Platforms that count as one kind for the multi-login policy `sameClass`. */
export const platformClasses: Record<Platform, 'web' | 'phone' | 'desktop' | 'tablet' | 'server'> = {
  web: 'web',
  miniWeb: 'web',
  ios: 'phone',
  android: 'phone',
  harmony: 'phone',
  windows: 'desktop',
  macos: 'desktop',
  linux: 'desktop',
  ipad: 'tablet',
  androidPad: 'tablet',
  server: 'server',
};
