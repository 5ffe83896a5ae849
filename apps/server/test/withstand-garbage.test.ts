import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { createTestDatabase, type TestDatabase } from '@nexo/db/testing';
import { type ServerProcess, seedAccounts, startServerProcess } from '@nexo/lab/harness';
import { closeCodes, type NexoErrorData, newId } from '@nexo/shared';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

let database: TestDatabase;
let server: ServerProcess;
let accessToken: string;
/** Everything that the server answered in any form. */
let answers: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startServerProcess({ databaseUrl: database.url, code: 'source' });
  accessToken = (await seedAccounts(database.db, 1))[0]?.accessToken ?? '';
}, 30_000);

afterAll(async () => {
  await server?.stop();
  await database?.[Symbol.asyncDispose]();
});

afterEach(async () => {
  expect(server.alive()).toBe(true);
  expect((await fetch(`${server.url}/readyz`)).ok).toBe(true);
  for (const answer of answers) {
    expect(answer).not.toMatch(/\n\s+at |node_modules|file:\/\/|\.[cm]?[jt]s:\d|\/(work|home|root|app|usr|tmp)\//);
    expect(answer).not.toMatch(
      /\b(select|insert into|update|delete from)\b.*\b(from|values|set|where)\b|postgres|relation "|nxa_|nxr_/i,
    );
  }
  answers = [];
});

interface Frame {
  id?: number | null;
  result?: { type: string; data?: unknown };
  error?: { message: string; data?: { nexo?: NexoErrorData; stack?: unknown } };
}

/** A socket whose answers are kept. */
function open(path = '/trpc', options: { origin?: string; headers?: Record<string, string> } = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { perMessageDeflate: false, ...options });
  const frames: Frame[] = [];
  const waiting: (() => void)[] = [];
  socket.on('message', (data) => {
    const text = String(data);
    answers.push(text);
    if (text !== 'PONG' && text !== 'PING') frames.push(JSON.parse(text));
    for (const wake of waiting.splice(0)) wake();
  });
  const closed = new Promise<number>((resolve) => {
    socket.once('close', (code, reason) => {
      answers.push(String(reason));
      resolve(code);
    });
  });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => reject(new Error(`HTTP ${response.statusCode}`)));
  });
  return {
    socket,
    opened,
    closed,
    async next(): Promise<Frame> {
      for (;;) {
        const frame = frames.shift();
        if (frame !== undefined) return frame;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    async ask(id: number, method: string, path: string, input?: unknown): Promise<Frame> {
      socket.send(JSON.stringify({ id, method, params: { path, input } }));
      return this.next();
    },
  };
}

async function openAuthenticated() {
  const connection = open('/trpc?connectionParams=1');
  await connection.opened;
  connection.socket.send(JSON.stringify({ method: 'connectionParams', data: { token: accessToken } }));
  return connection;
}

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body, headers });
  const text = await response.text();
  answers.push(text, JSON.stringify([...response.headers]));
  return { status: response.status, text };
}

function nexo(frame: Frame): NexoErrorData | undefined {
  return frame.error?.data?.nexo;
}

describe('garbage: documented errors, the process lives, nothing leaks', () => {
  it.each([
    ['a text that is not JSON', 'hello'],
    ['half of an object', '{"id":1,"method":'],
    ['bytes that are no text', randomBytes(200)],
    ['a number', '42'],
    ['null', 'null'],
    ['an object that is no request', '{"a":1}'],
    ['a request without a path', '{"id":1,"method":"query"}'],
    ['a method that does not exist', '{"id":1,"method":"explode","params":{"path":"users.me"}}'],
    ['deep nesting', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['a prototype in disguise', '{"id":1,"method":"query","params":{"path":"__proto__.toString"}}'],
  ])(
    'on the socket: %s is refused with INVALID_INPUT, UNKNOWN_PROCEDURE or the close code MALFORMED',
    async (_title, garbage) => {
      const connection = await openAuthenticated();
      connection.socket.send(garbage, { binary: typeof garbage !== 'string' });
      const outcome = await Promise.race([connection.next(), connection.closed]);
      if (typeof outcome === 'number') expect(outcome).toBe(closeCodes.MALFORMED.code);
      else expect(nexo(outcome)?.code).toMatch(/^(INVALID_INPUT|UNKNOWN_PROCEDURE)$/);
      connection.socket.terminate();
    },
  );

  it('an empty batch asks for nothing, and the socket goes on', async () => {
    const connection = await openAuthenticated();
    connection.socket.send('[]');
    expect((await connection.ask(1, 'query', 'users.me')).result?.data).toBeDefined();
    connection.socket.terminate();
  });

  it('a frame of 1 MB closes the socket with FRAME_TOO_LARGE, and only this socket', async () => {
    const neighbour = await openAuthenticated();
    const connection = await openAuthenticated();
    connection.socket.send('x'.repeat(1024 * 1024));
    expect(await connection.closed).toBe(closeCodes.FRAME_TOO_LARGE.code);
    expect((await neighbour.ask(1, 'query', 'users.me')).result?.data).toBeDefined();
    neighbour.socket.terminate();
  });

  it('a body of 1 MB over HTTP is refused', async () => {
    const { status, text } = await post('/trpc/auth.login', JSON.stringify({ userId: 'x'.repeat(1024 * 1024) }), {
      'content-type': 'application/json',
    });
    expect(status).toBe(413);
    expect(text).toMatch(/MESSAGE_TOO_LARGE|INVALID_INPUT/);
  });

  it.each(['nothing.here', 'messages', 'messages.send.more', 'constructor', '', '../../etc/passwd', 'a'.repeat(300)])(
    'the procedure "%s" does not exist: UNKNOWN_PROCEDURE, and the socket goes on',
    async (path) => {
      const connection = await openAuthenticated();
      expect(nexo(await connection.ask(1, 'query', path))).toMatchObject({ code: 'UNKNOWN_PROCEDURE', retryable: false });
      expect((await connection.ask(2, 'query', 'users.me')).result?.data).toBeDefined();
      connection.socket.terminate();
    },
  );

  it('wrong input names its field and shows nothing of the inside', async () => {
    const connection = await openAuthenticated();
    const input = {
      conversationId: "'; drop table messages; --",
      clientMessageId: newId(),
      content: { type: 'text', text: 'x' },
    };
    const frame = await connection.ask(1, 'mutation', 'messages.send', input);
    expect(nexo(frame)).toMatchObject({ code: 'INVALID_INPUT', field: 'conversationId' });
    expect(frame.error?.data?.stack).toBeUndefined();
    const stranger = await connection.ask(2, 'mutation', 'messages.send', { ...input, conversationId: newId() });
    expect(nexo(stranger)?.code).toBe('NOT_FOUND');
    connection.socket.terminate();
  });

  it('what Postgres cannot store (a null character, half a surrogate pair) is refused or stored, never INTERNAL', async () => {
    const connection = await openAuthenticated();
    const opened = await connection.ask(1, 'mutation', 'conversations.openDirect', { userId: 'load-00000' });
    const conversationId = (opened.result?.data as { id?: string } | undefined)?.id;
    for (const text of ['a\u0000b', 'a\ud800b', '\u202e\u0301'.repeat(2_000)]) {
      const frame = await connection.ask(2, 'mutation', 'messages.send', {
        conversationId,
        clientMessageId: newId(),
        content: { type: 'text', text },
      });
      if (frame.error !== undefined) expect(nexo(frame)?.code).toBe('INVALID_INPUT');
    }
    connection.socket.terminate();
  });
});

describe('a token in the wrong place opens nothing', () => {
  it.each([
    ['in the address', `/trpc?token=`, 400],
    ['in the address, as bearer', `/trpc?authorization=Bearer%20`, 400],
    ['in a cookie, without the Origin that a browser sends', '/trpc', 403],
  ])('%s: the handshake is refused', async (_title, path, status) => {
    const options = status === 403 ? { headers: { cookie: `nexo_access=${accessToken}` } } : {};
    const connection = open(status === 403 ? path : `${path}${accessToken}`, options);
    await expect(connection.opened).rejects.toThrow(`HTTP ${status}`);
  });

  it.each([
    ['in the address under a name that nobody knows', () => open(`/trpc?secret=${accessToken}`)],
    ['in a header', () => open('/trpc', { headers: { 'x-access-token': accessToken } })],
    ['in a cookie of another name', () => open('/trpc', { origin: server.url, headers: { cookie: `token=${accessToken}` } })],
  ])('%s: UNAUTHENTICATED', async (_title, connect) => {
    const connection = connect();
    await connection.opened;
    const outcome = await Promise.race([connection.ask(1, 'query', 'users.me'), connection.closed]);
    if (typeof outcome === 'number') expect(outcome).toBe(closeCodes.UNAUTHENTICATED.code);
    else expect(nexo(outcome)?.code).toBe('UNAUTHENTICATED');
    connection.socket.terminate();
  });

  it('in the input of a call: INVALID_INPUT or UNAUTHENTICATED', async () => {
    const connection = open();
    await connection.opened;
    const outcome = await Promise.race([connection.ask(1, 'query', 'users.me', { token: accessToken }), connection.closed]);
    if (typeof outcome !== 'number') expect(nexo(outcome)?.code).toMatch(/^(UNAUTHENTICATED|INVALID_INPUT)$/);
    connection.socket.terminate();
  });

  it.each([
    ['a wrong one', 'nxa_wrong'],
    ['a number', 42],
    ['an object', { $gt: '' }],
    ['a megabyte is cut by the frame limit, so: 50 KB', 'x'.repeat(50_000)],
  ])('%s in the connection parameters closes with UNAUTHENTICATED', async (_title, token) => {
    const connection = open('/trpc?connectionParams=1');
    await connection.opened;
    connection.socket.send(JSON.stringify({ method: 'connectionParams', data: { token } }));
    expect([closeCodes.UNAUTHENTICATED.code, closeCodes.MALFORMED.code]).toContain(await connection.closed);
  });

  it('over HTTP in the address: UNAUTHENTICATED', async () => {
    const response = await fetch(`${server.url}/trpc/users.me?token=${accessToken}`);
    const text = await response.text();
    answers.push(text);
    expect(response.status).toBe(401);
    expect(text).toContain('UNAUTHENTICATED');
  });
});

describe('a foreign Origin', () => {
  it('does not get past the handshake', async () => {
    const connection = open('/trpc', { origin: 'https://evil.example' });
    await expect(connection.opened).rejects.toThrow('HTTP 403');
  });

  it('with a cookie over HTTP: ORIGIN_REFUSED', async () => {
    const { status, text } = await post('/trpc/auth.logout', '{}', {
      'content-type': 'application/json',
      origin: 'https://evil.example',
      cookie: `nexo_access=${accessToken}; nexo_refresh=nxr_x`,
    });
    expect(status).toBe(403);
    expect(text).toContain('ORIGIN_REFUSED');
  });
});

describe('HTTP that is no tRPC', () => {
  it.each([
    ['a method that nobody offers', 'TRACK /trpc HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'a handshake of version 7',
      'GET /trpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\n\r\n',
    ],
    ['a path that climbs', 'GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['no HTTP at all', '\u0016\u0003\u0001\u0002garbage\r\n\r\n'],
  ])('%s is answered with an error status or a closed socket', async (_title, bytes) => {
    const answer = await rawExchange(bytes);
    answers.push(answer);
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 [45]\d\d /);
  });

  it('input that is no JSON: a 4xx with INVALID_INPUT', async () => {
    const { status, text } = await post('/trpc/auth.login', '{"userId":', { 'content-type': 'application/json' });
    expect(status).toBe(400);
    expect(text).toContain('INVALID_INPUT');
  });

  it('headers of 100 KB are refused', async () => {
    const status = await new Promise<number>((resolve) => {
      const call = request(`${server.url}/trpc/users.me`, { headers: { 'x-big': 'x'.repeat(100_000) } }, (response) => {
        resolve(response.statusCode ?? 0);
        response.resume();
      });
      call.once('error', () => resolve(0));
      call.end();
    });
    expect([0, 431]).toContain(status);
  });
});

/** Writes bytes to the port and reads until the server closes or has answered. */
async function rawExchange(bytes: string): Promise<string> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect({ port: server.port, host: '127.0.0.1' }, () => socket.end(bytes, 'latin1'));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.once('error', () => resolve(answer));
    socket.once('close', () => resolve(answer));
  });
}
