import { type Platform, platformClasses } from '@nexo/shared';

/**
 * Which older sessions of a user a new login ends:
 * `none` ends no session; `samePlatform` those on the same platform; `sameClass` those of the same class (phone, tablet, desktop,
 * web); `pcAndOneOther` leaves desktops alone and keeps one session among everything else.
 *
 * The default is `none`, by deliberate choice: a person who signs in at a second browser, or at the desktop after the laptop, does
 * not expect to be thrown out at the first. Operators who sell seats, or must know of one device each, choose another.
 */
export type MultiLoginPolicy = 'none' | 'samePlatform' | 'sameClass' | 'pcAndOneOther';

/** Those of `older` that end when a session on `platform` begins. Sessions on `server` (bots, integrations) neither end nor end others. */
export function replacedBy<S extends { platform: Platform }>(
  policy: MultiLoginPolicy,
  platform: Platform,
  older: readonly S[],
): S[] {
  if (policy === 'none' || platform === 'server') return [];
  return older.filter((session) => session.platform !== 'server' && excludes(policy, platform, session.platform));
}

function excludes(policy: Exclude<MultiLoginPolicy, 'none'>, newer: Platform, older: Platform): boolean {
  switch (policy) {
    case 'samePlatform':
      return newer === older;
    case 'sameClass':
      return platformClasses[newer] === platformClasses[older];
    case 'pcAndOneOther':
      return platformClasses[newer] !== 'desktop' && platformClasses[older] !== 'desktop';
  }
}
