import type { AppRouter, Log } from '@nexo/api';
import { createTestDatabase, type TestDatabase } from '@nexo/db/testing';
import { newId, type StreamItem } from '@nexo/shared';
import { createTRPCClient, createWSClient, httpBatchLink, wsLink } from '@trpc/client';
import { vi } from 'vitest';
import { type PerMessageDeflateOptions, WebSocket } from 'ws';
import { type NexoServer, type ServerOptions, startServer } from '../../src/server.ts';

/** A server of its own, real in every part, on an empty database. */
export interface TestServer extends AsyncDisposable, NexoServer {
  database: TestDatabase;
  /** Everybody's. */
  password: string;
  /** Warnings and errors. */
  logged: { fields: object; message: string }[];
  /** Registers a user and answers how to be them. */
  user(id: string): Promise<TestUser>;
}

export interface TestUser {
  id: string;
  token: string;
  sessionId: string;
  /** Calls by HTTP. */
  http: HttpClient;
}

type HttpClient = ReturnType<typeof httpClient>;

export interface TestServerOptions extends Partial<ServerOptions> {
  /** Another server's database, for several on one. */
  database?: TestDatabase;
}

const password = 'correct horse battery';

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { database: shared, ...rest } = options;
  const database = shared ?? (await createTestDatabase());
  const logged: TestServer['logged'] = [];
  const note = (fields: object, message: string) => logged.push({ fields, message });
  const log: Log = { debug: () => {}, info: () => {}, warn: note, error: note };
  const server = await startServer({
    databaseUrl: database.url,
    port: 0,
    log,
    rateLimitFactor: 1_000_000,
    drainWindowMs: 50,
    ...rest,
  });
  return {
    ...server,
    database,
    password,
    logged,
    async user(id) {
      const input = { userId: id, password, displayName: id, platform: 'server' as const };
      const { accessToken = '', session } = await httpClient(server.url).auth.register.mutate(input);
      return { id, token: accessToken, sessionId: session.id, http: httpClient(server.url, accessToken) };
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      if (shared === undefined) await database[Symbol.asyncDispose]();
    },
  };
}

/** Two servers on one database; without Redis they know nothing of each other. */
export async function twoNodes(options: TestServerOptions = {}) {
  const here = await startTestServer(options);
  const there = await startTestServer({ ...options, database: here.database });
  return {
    here,
    there,
    async [Symbol.asyncDispose]() {
      await there[Symbol.asyncDispose]();
      await here[Symbol.asyncDispose]();
    },
  };
}

/** A stock client over HTTP. */
export function httpClient(url: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${url}/trpc`, headers })] });
}

export interface LiveClient extends AsyncDisposable {
  trpc: ReturnType<typeof createTRPCClient<AppRouter>>;
  /** Everything `sync.events` brought, flat. */
  items: StreamItem[];
  /** Close codes of its sockets. */
  closes: number[];
  /** How often a socket opened. */
  opens(): number;
  /** Messages (frames) of the subscription. */
  batches(): number;
  stopListening(): void;
}

/** A stock client that does everything over the socket and listens; resolves once the subscription has started. */
export async function liveClient(url: string, token: string): Promise<LiveClient> {
  const items: StreamItem[] = [];
  const closes: number[] = [];
  let opens = 0;
  let batches = 0;
  const ws = createWSClient({
    url: `${url.replace('http', 'ws')}/trpc`,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    connectionParams: () => ({ token }),
    retryDelayMs: () => 20,
    onOpen: () => {
      opens++;
    },
    onClose: (cause) => closes.push(cause?.code ?? 0),
  });
  const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client: ws })] });
  let stopListening = () => {};
  await new Promise<void>((resolve, reject) => {
    const subscription = trpc.sync.events.subscribe(undefined, {
      onStarted: () => resolve(),
      onData: (batch) => {
        batches++;
        items.push(...batch);
      },
      onError: reject,
    });
    stopListening = () => subscription.unsubscribe();
  });
  return {
    trpc,
    items,
    closes,
    opens: () => opens,
    batches: () => batches,
    stopListening,
    [Symbol.asyncDispose]: () => ws.close(),
  };
}

export function textOf(items: readonly StreamItem[]): string[] {
  return items.flatMap((item) =>
    item.type === 'message.sent' && item.message.content.type === 'text' ? [item.message.content.text] : [],
  );
}

export function aMessage(conversationId: string, text: string) {
  return { conversationId, clientMessageId: newId(), content: { type: 'text' as const, text } };
}

export interface RawSocket extends AsyncDisposable {
  ws: WebSocket;
  /** Text frames as they came. */
  frames: string[];
  /** The close code, once it is closed. */
  closed: Promise<number>;
  send(message: unknown): void;
}

export interface RawSocketOptions {
  /** Sent as connection parameters. */
  token?: string;
  path?: string;
  headers?: Record<string, string>;
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
}

/** A WebSocket without any client on top; resolves once it is open. Rejects with the status when the handshake is refused. */
export async function rawSocket(url: string, options: RawSocketOptions = {}): Promise<RawSocket> {
  const path = options.path ?? (options.token === undefined ? '/trpc' : '/trpc?connectionParams=1');
  const ws = new WebSocket(`${url.replace('http', 'ws')}${path}`, {
    headers: options.headers ?? {},
    perMessageDeflate: options.perMessageDeflate ?? false,
  });
  const frames: string[] = [];
  ws.on('message', (data) => frames.push(String(data)));
  const closed = new Promise<number>((resolve) => ws.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    ws.on('open', () => resolve());
    ws.on('unexpected-response', (_, response) => reject(new Error(String(response.statusCode))));
    ws.on('error', reject);
  });
  const send = (message: unknown) => ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  if (options.token !== undefined) send({ method: 'connectionParams', data: { token: options.token } });
  return {
    ws,
    frames,
    closed,
    send,
    async [Symbol.asyncDispose]() {
      ws.terminate();
      await closed;
    },
  };
}

/** The `data.nexo.code` of an error frame. */
export function codeOf(frame: string | undefined): string | undefined {
  return frame === undefined ? undefined : JSON.parse(frame).error?.data?.nexo?.code;
}

export const subscribeToEvents = (id: number | string) => ({ id, method: 'subscription', params: { path: 'sync.events' } });

/** Items of all frames of one subscription. */
export function itemsOf(frames: readonly string[], id: number | string = 1): StreamItem[] {
  return frames.flatMap((frame) => {
    if (frame === 'PONG') return [];
    const message = JSON.parse(frame);
    return message.id === id && message.result?.type === 'data' && Array.isArray(message.result.data) ? message.result.data : [];
  });
}

/** Waits for a condition for as long as a busy machine may need. */
export function eventually<T>(condition: () => T | Promise<T>, options: { interval?: number } = {}): Promise<T> {
  return vi.waitFor(condition, { timeout: 20_000, interval: 20, ...options });
}
