import { AppError, type AuthResult } from '@nexo/shared';
import type { CookieJar, RequestContext, Settings } from '../context.ts';
import type { IssuedTokens } from './session-rows.ts';

/** The two cookies of a browser. With https their `__Host-` prefix makes the browser refuse them from any other host or path. */
export function cookieNames(settings: Pick<Settings, 'secureCookies'>): { access: string; refresh: string } {
  const prefix = settings.secureCookies ? '__Host-' : '';
  return { access: `${prefix}nexo_access`, refresh: `${prefix}nexo_refresh` };
}

/** The jar that a cookie session needs, or null for token transport. Throws HTTP_REQUIRED where no cookie can be set. */
export function jarFor(ctx: RequestContext, transport: 'token' | 'cookie'): CookieJar | null {
  if (transport === 'token') return null;
  if (ctx.cookies === null) throw new AppError('HTTP_REQUIRED', { message: 'Cookies can only be set over HTTP' });
  return ctx.cookies;
}

/** Puts the tokens into the jar, or into the answer when there is no jar. */
export function handOver(
  ctx: RequestContext,
  jar: CookieJar | null,
  tokens: IssuedTokens,
  rest: Pick<AuthResult, 'user' | 'session'>,
): AuthResult {
  const { accessToken, refreshToken, accessTokenExpiresAt, refreshTokenExpiresAt } = tokens;
  if (jar === null) return { ...rest, accessToken, accessTokenExpiresAt, refreshToken };
  const names = cookieNames(ctx.settings);
  const now = ctx.clock.now();
  // Never zero, which would remove the cookie instead: the clock may have gone on since they were issued.
  jar.set(names.access, accessToken, Math.max(1, accessTokenExpiresAt - now));
  jar.set(names.refresh, refreshToken, Math.max(1, refreshTokenExpiresAt - now));
  return { ...rest, accessTokenExpiresAt };
}

/** Takes both cookies away, where that is possible. */
export function clearCookies(ctx: RequestContext): void {
  const names = cookieNames(ctx.settings);
  for (const name of [names.access, names.refresh]) {
    if (ctx.cookies?.get(name) !== undefined) ctx.cookies.set(name, '', 0);
  }
}
