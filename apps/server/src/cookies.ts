import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CookieJar } from '@nexo/api';

/** The value of a cookie of the request; the first one when there are several of that name. */
export function readCookie(req: IncomingMessage, name: string): string | undefined {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at === -1 || pair.slice(0, at).trim() !== name) continue;
    try {
      return decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** The cookies of one exchange. What is set can be read again at once. */
export function cookieJar(req: IncomingMessage, res: ServerResponse, secure: boolean): CookieJar {
  const written = new Map<string, { value: string | undefined; header: string }>();
  return {
    get(name) {
      const own = written.get(name);
      return own === undefined ? readCookie(req, name) : own.value;
    },
    set(name, value, maxAgeMs) {
      const parts = [`${name}=${encodeURIComponent(value)}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
      parts.push(`Max-Age=${Math.floor(maxAgeMs / 1_000)}`);
      if (secure) parts.push('Secure');
      written.set(name, { value: maxAgeMs > 0 ? value : undefined, header: parts.join('; ') });
      res.setHeader(
        'Set-Cookie',
        [...written.values()].map((cookie) => cookie.header),
      );
    },
  };
}
