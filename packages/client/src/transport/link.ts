import type { AppRouter } from '@nexo/api';
import { httpLink, TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { Runtime } from '../types/options.ts';
import { isUnauthenticated } from './failure.ts';
import { OutcomeUnknown, RpcRefusal, type RpcSocket } from './rpc-socket.ts';

/** An HTTP call without an answer is given up after this long. */
const httpTimeoutMs = 15_000;
/** These make a session, so there is none to renew when they are refused. */
const withoutSession = new Set(['auth.register', 'auth.login', 'auth.redeem', 'auth.refresh', 'auth.options']);

export interface LinkOptions {
  /** Where `/trpc` answers over HTTP. */
  httpUrl: string;
  transport: 'token' | 'cookie';
  runtime: Runtime;
  /** Whose client this is now. */
  userId(): string | null;
  accessToken(): string | undefined;
  /** The socket for calls, if there is one. */
  socket(): RpcSocket | null;
  /** Renews the session; rejects when that fails. */
  renew(): Promise<unknown>;
  /** A call on the socket was refused as not logged in. */
  unauthenticated(): void;
}

/**
 * Carries every call of the typed client: over the socket when there is one, else over HTTP. What has to do with the session
 * always goes over HTTP, where cookies can be set.
 */
export function nexoLink(options: LinkOptions): TRPCLink<AppRouter> {
  const makeHttp = httpLink<AppRouter>({
    url: options.httpUrl,
    fetch: (url, init) => fetchWithTimeout(options, url, init as RequestInit | undefined),
    headers() {
      const token = options.accessToken();
      return token === undefined ? {} : { authorization: `Bearer ${token}` };
    },
  });
  return (clientRuntime) => {
    const http = makeHttp(clientRuntime);
    return (call) => {
      const { op } = call;
      if (op.path.startsWith('auth.')) return overHttp(options, () => http(call), op.path);
      const socket = options.socket();
      if (op.type === 'subscription') return overSocketStream(socket, op.path, op.input);
      const answer =
        socket === null ? overHttp(options, () => http(call), op.path) : overSocket(options, socket, op.type, op.path, op.input);
      return forTheAsker(options, answer);
    };
  };
}

type Result = ReturnType<ReturnType<TRPCLink<AppRouter>>>;

/** An answer is for whoever asked: when the client is somebody else's by then, nobody is to see it. */
function forTheAsker(options: LinkOptions, answer: Result): Result {
  const asker = options.userId();
  return observable((observer) => {
    const subscription = answer.subscribe({
      next(value) {
        if (options.userId() === asker) observer.next(value);
        else observer.error(toClientError(new OutcomeUnknown('Somebody else uses this client now.')));
      },
      complete: () => observer.complete(),
      error: (error) => observer.error(error),
    });
    return () => subscription.unsubscribe();
  });
}

function overSocket(options: LinkOptions, socket: RpcSocket, type: 'query' | 'mutation', path: string, input: unknown): Result {
  return observable((observer) => {
    socket.request(type, path, input).then(
      (data) => {
        observer.next({ result: { type: 'data', data } });
        observer.complete();
      },
      (error: unknown) => {
        const clientError = toClientError(error);
        if (isUnauthenticated(clientError)) options.unauthenticated();
        observer.error(clientError);
      },
    );
  });
}

function overSocketStream(socket: RpcSocket | null, path: string, input: unknown): Result {
  return observable((observer) => {
    if (socket === null) {
      observer.error(toClientError(new OutcomeUnknown('There is no connection now.')));
      return;
    }
    return socket.subscribe(path, input, {
      started: () => observer.next({ result: { type: 'started' } }),
      data: (data) => observer.next({ result: { type: 'data', data } }),
      ended(error) {
        if (error === undefined) observer.complete();
        else observer.error(toClientError(error));
      },
    });
  });
}

/** A session that ran out is renewed once; the refused call was not done, so repeating it is safe. */
function overHttp(options: LinkOptions, send: () => Result, path: string): Result {
  return observable((observer) => {
    let hasRenewed = withoutSession.has(path);
    let subscription = run();
    function run() {
      return send().subscribe({
        next: (value) => observer.next(value),
        complete: () => observer.complete(),
        error(error) {
          if (hasRenewed || !isUnauthenticated(error)) return observer.error(error);
          hasRenewed = true;
          options.renew().then(
            () => {
              subscription = run();
            },
            () => observer.error(error),
          );
        },
      });
    }
    return () => subscription.unsubscribe();
  });
}

function toClientError(error: unknown): TRPCClientError<AppRouter> {
  if (error instanceof RpcRefusal) return TRPCClientError.from({ error: error.shape });
  return TRPCClientError.from(error instanceof Error ? error : new Error(String(error)));
}

async function fetchWithTimeout(
  options: LinkOptions,
  url: string | URL | Request,
  init: RequestInit | undefined,
): Promise<Response> {
  const { runtime } = options;
  const controller = new AbortController();
  init?.signal?.addEventListener('abort', () => controller.abort(), { once: true });
  const timer = runtime.setTimeout(() => controller.abort(), httpTimeoutMs);
  try {
    const credentials = options.transport === 'cookie' ? 'include' : 'omit';
    return await runtime.fetch(url, { ...init, signal: controller.signal, credentials });
  } finally {
    runtime.clearTimeout(timer);
  }
}
