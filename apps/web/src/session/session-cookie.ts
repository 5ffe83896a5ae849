/** Whether a Cookie header bears a session's cookie: then the page waits for the engine's word instead of offering to sign in. */
export function hasSessionCookie(cookieHeader: string | null): boolean {
  return /(?:^|;\s*)(?:__Host-)?nexo_refresh=[^;\s]/.test(cookieHeader ?? '');
}
