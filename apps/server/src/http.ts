import { type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http';
import {
  appRouter,
  authenticate,
  authenticateKey,
  cookieNames,
  isKey,
  keyTurn,
  type RequestContext,
  type Services,
  toTrpcError,
} from '@nexo/api';
import { AppError, limits } from '@nexo/shared';
import { TRPCError } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { ClientAddress } from './client-address.ts';
import { cookieJar, readCookie } from './cookies.ts';
import { readBody } from './http-body.ts';
import { HttpTurns, turnsOfKey } from './http-turns.ts';

export interface HttpOptions {
  services: Services;
  /** Exact origins that browsers may come from. */
  origins: ReadonlySet<string>;
  clientAddress: ClientAddress;
  /** Whether this node wants more work: not while it starts or drains, nor while the database is away. */
  isReady(): Promise<boolean>;
  /** Answers everything that is not ours. */
  web: RequestListener;
  /** Told in the header Nexo-Node; null: nothing is told. */
  node: string | null;
}

const apiPath = '/trpc';
/** Its answer never ends; how many of them there are is the gateway's business. */
const streamPath = `${apiPath}/sync.events`;

/** Body of a POST: a full batch of the longest messages does not fit, a usual one with room to spare does. */
const bodyMaxBytes = 4 * limits.frameMaxBytes;

/** On every answer of ours: nobody sniffs, frames, stores or embeds it, and it tells no other site where it was. */
const securityHeaders = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** Where people come by https alone, a browser is told not to try anything else for a year. */
const secureTransport = 'max-age=31536000; includeSubDomains';

/** The one public listener: the API, the two probes, and the web chat for everything else. */
export function createHttpListener(options: HttpOptions): RequestListener {
  const turns = { users: new HttpTurns(), keys: new HttpTurns(turnsOfKey) };
  const refusedBodies = new WeakMap<IncomingMessage, AppError>();
  const api = createHTTPHandler({
    router: appRouter,
    basePath: apiPath,
    maxBatchSize: limits.batchMaxCalls,
    allowMethodOverride: false,
    createContext: ({ req, res }) => {
      const refused = refusedBodies.get(req);
      if (refused !== undefined) throw toTrpcError(refused);
      return createContext(options, turns, req, res);
    },
    onError: ({ error, path }) => options.services.log.debug({ error, path }, 'a call was refused'),
  });
  const isSecure = options.services.settings.secureCookies;
  return (req, res) => {
    const path = pathOf(req);
    if (options.node !== null) res.setHeader('Nexo-Node', options.node);
    // Pages and files of the web chat too.
    if (isSecure) res.setHeader('Strict-Transport-Security', secureTransport);
    if (isApiPath(path)) {
      setSecurityHeaders(res);
      if (req.method === 'POST' && !isJson(req)) answer(res, 415, 'Send application/json');
      else if (req.method !== 'GET' && req.method !== 'POST') answer(res, 405, 'Use GET or POST', { Allow: 'GET, POST' });
      else if (req.method === 'GET') api(req, res);
      else
        readBody(req, bodyMaxBytes, (body) => {
          if (body instanceof AppError) refusedBodies.set(req, body);
          api(Object.assign(req, { body: body instanceof AppError ? '' : body }), res);
        });
    } else if (path === '/healthz') {
      setSecurityHeaders(res);
      answer(res, 200, 'ok');
    } else if (path === '/readyz') {
      setSecurityHeaders(res);
      void options.isReady().then((ready) => answer(res, ready ? 200 : 503, ready ? 'ready' : 'not ready'));
    } else {
      options.web(req, res);
    }
  };
}

export function isApiPath(path: string): boolean {
  return path === apiPath || path.startsWith(`${apiPath}/`);
}

export function pathOf(req: IncomingMessage): string {
  const url = req.url ?? '/';
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

async function createContext(
  options: HttpOptions,
  turns: { users: HttpTurns; keys: HttpTurns },
  req: IncomingMessage,
  res: ServerResponse,
): Promise<RequestContext> {
  const { services } = options;
  const bearer = bearerOf(req);
  if (bearer === undefined) refuseForeignOrigins(options, req);
  const token = bearer ?? readCookie(req, cookieNames(services.settings).access);
  const address = options.clientAddress.of(req);
  try {
    const apiKey = bearer !== undefined && isKey(bearer) ? await authenticateKey(services, bearer) : null;
    const session = token === undefined || apiKey !== null ? null : await authenticate(services, token, address);
    const turn = apiKey === null ? session?.userId : keyTurn(apiKey.id);
    const isBounded = turn !== undefined && pathOf(req) !== streamPath;
    const exchange = isBounded ? await (apiKey === null ? turns.users : turns.keys).take(turn, req, res) : undefined;
    return {
      ...services,
      session,
      apiKey: apiKey ?? undefined,
      address,
      // Who brings a bearer token was not asked where they come from: the browser's cookies are out of reach for them.
      cookies: bearer === undefined ? cookieJar(req, res, services.settings.secureCookies) : null,
      exchange,
    };
  } catch (error) {
    throw toTrpcError(error);
  }
}

/**
 * Against cross-site requests: what a browser sends by itself counts only if it says where it comes from, and that is on the
 * list. A bearer token is never sent by itself, so who has one is let through from anywhere.
 */
function refuseForeignOrigins(options: HttpOptions, req: IncomingMessage): void {
  if (req.method !== 'POST') return;
  const { origin } = req.headers;
  const names = cookieNames(options.services.settings);
  const carriesCookie = Object.values(names).some((name) => readCookie(req, name) !== undefined);
  if (origin === undefined ? !carriesCookie : options.origins.has(origin)) return;
  throw new TRPCError({
    code: 'FORBIDDEN',
    cause: new AppError('ORIGIN_REFUSED', { message: 'This origin is not among the PUBLIC_ORIGINS of the server' }),
  });
}

function bearerOf(req: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
}

function isJson(req: IncomingMessage): boolean {
  return req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}

function setSecurityHeaders(res: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) res.setHeader(name, value);
}

function answer(res: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  res.writeHead(status, STATUS_CODES[status], { 'Content-Type': 'text/plain; charset=utf-8', ...headers });
  res.end(`${text}\n`);
}
