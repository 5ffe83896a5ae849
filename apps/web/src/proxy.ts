import { type NextRequest, NextResponse } from 'next/server';

/**
 * Gives every page its security headers. Scripts run only with this response's nonce (`strict-dynamic`), so pages are rendered
 * per request: they are small shells, the chat itself is fetched by the engine. That people come by https alone says the server in front.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(crypto.randomUUID());
  const isHttps = request.headers.get('x-forwarded-proto') === 'https';
  const policy = contentSecurityPolicy(nonce, request.headers.get('host') ?? request.nextUrl.host, isHttps);

  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  headers.set('content-security-policy', policy);

  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.set('referrer-policy', 'same-origin');
  response.headers.set('cross-origin-opener-policy', 'same-origin');
  response.headers.set('x-frame-options', 'DENY');
  response.headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()');
  return response;
}

function contentSecurityPolicy(nonce: string, host: string, isHttps: boolean): string {
  // Pictures may be anywhere. On a page that came by https itself, one that comes by http would betray what is looked at.
  const anywhere = isHttps ? 'https:' : 'https: http:';
  // React's development build evaluates strings to rebuild server stacks.
  const devOnly = process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : '';
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${devOnly}`,
    `style-src-elem 'self' ${process.env.NODE_ENV === 'development' ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    // Style attributes carry measured positions (menus, virtual focus); they cannot run script.
    "style-src-attr 'unsafe-inline'",
    `img-src 'self' data: blob: ${anywhere}`,
    `media-src 'self' blob: ${anywhere}`,
    // Some browsers do not count a WebSocket of the same host as 'self'.
    `connect-src 'self' ws://${host} wss://${host}`,
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export const config = {
  matcher: [
    // Everything but built files, which are the same for everybody.
    '/((?!_next/static|_next/image|favicon.ico|icon.svg).*)',
  ],
};
