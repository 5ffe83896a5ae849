import { type AddressInfo, connect, createServer } from 'node:net';
import { registerPerson } from '@nexo/lab/harness';
import { limits } from '@nexo/shared';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { codeOf, eventually, rawSocket, startTestServer, subscribeToEvents, type TestServer, type TestUser } from './harness.ts';

let server: TestServer;
let alice: TestUser;
beforeAll(async () => {
  server = await startTestServer();
  alice = await server.user('alice');
});
afterAll(() => server[Symbol.asyncDispose]());

const own = () => server.url.replace('127.0.0.1', 'localhost');

describe('G2 W1 a browser must come from a listed origin', () => {
  it.each([
    ['a foreign one', () => 'https://evil.example'],
    ['null', () => 'null'],
    ['one that begins like ours', () => `${own()}.evil.example`],
    ['ours on another port', () => 'http://localhost:1'],
    ['ours by https', () => own().replace('http:', 'https:')],
    ['ours in capitals', () => own().toUpperCase()],
    ['ours with a slash', () => `${own()}/`],
  ])('refuses %s before the upgrade, even with a good token', async (_, origin) => {
    await expect(rawSocket(server.url, { token: alice.token, headers: { origin: origin() } })).rejects.toThrow('403');
  });

  it('refuses a cookie without an origin', async () => {
    await expect(rawSocket(server.url, { headers: { cookie: `nexo_access=${alice.token}` } })).rejects.toThrow('403');
  });

  it('takes the cookie of a browser from a listed origin', async () => {
    await using socket = await rawSocket(server.url, { headers: { cookie: `nexo_access=${alice.token}`, origin: own() } });
    socket.send({ id: 1, method: 'query', params: { path: 'users.me' } });
    await eventually(() => expect(socket.frames[0]).toContain('"id":"alice"'));
  });
});

describe('G3 W2 a token travels in connectionParams or in the cookie', () => {
  it.each(['token', 'access_token', 'authorization'])('refuses an address that bears a token as %s', async (name) => {
    await expect(rawSocket(server.url, { path: `/trpc?${name}=${alice.token}` })).rejects.toThrow('400');
  });

  it('does not look for it in the Authorization header of a handshake', async () => {
    await using socket = await rawSocket(server.url, { headers: { authorization: `Bearer ${alice.token}` } });
    expect(await socket.closed).toBe(4001);
  });
});

describe('G7 wrong input costs the sender, not the others', () => {
  it.each(['[', '[::', 'a b', 'a:99999', '%'])('refuses a handshake whose Host is no address: %s', async (host) => {
    await expect(rawSocket(server.url, { token: alice.token, headers: { host } })).rejects.toThrow('400');
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send({ id: 1, method: 'query', params: { path: 'users.me' } });
    await eventually(() => expect(socket.frames[0]).toContain('"id":"alice"'));
  });
});

/** Turns the clock of everything in this process; timers go on as they are. */
function turnClock(ms: number) {
  if (!vi.isFakeTimers()) {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
  }
  vi.setSystemTime(Date.now() + ms);
}

describe('G26 W2 a token that expires while its socket is open', () => {
  it('is asked for anew, and without a fresh one the socket is closed', async () => {
    await using own = await startTestServer({ timing: { sessionsRecheckEveryMs: 20 } });
    const ann = await own.user('ann');
    await using socket = await rawSocket(own.url, { token: ann.token });
    socket.send({ id: 1, method: 'query', params: { path: 'users.me' } });
    await eventually(() => expect(socket.frames).toHaveLength(1));
    turnClock(limits.socketMaxMs * 0.96);
    await eventually(() => expect(socket.frames).toContain('{"id":null,"method":"reconnect"}'));
    expect(socket.ws.readyState).toBe(socket.ws.OPEN);
    turnClock(limits.socketMaxMs * 0.04);
    expect(await socket.closed).toBe(4001);
    await using again = await rawSocket(own.url, { token: ann.token });
    expect(await again.closed).toBe(4001);
  });

  it('is renewed by the engine, which opens the next socket before it lets the old one go', async () => {
    await using own = await startTestServer({ timing: { sessionsRecheckEveryMs: 20 } });
    const line = await listenIn(own.port);
    const ann = await registerPerson(line.url, 'ann');
    onTestFinished(() => ann.client.stop());
    const states: string[] = [];
    ann.client.store.connection.subscribe(() => states.push(ann.client.store.connection.get().name));
    await eventually(() => expect(ann.client.store.connection.get().name).toBe('live'));
    const sockets = () => line.addresses().filter((address) => address === '/trpc?connectionParams=1').length;
    expect(sockets()).toBe(1);
    turnClock(limits.socketMaxMs * 0.96);
    await eventually(() => expect(sockets()).toBe(2));
    await eventually(() => expect(own.gateway.connectionCount()).toBe(1));
    await eventually(() => expect(ann.client.store.connection.get().name).toBe('live'));
    expect(states).not.toContain('waiting');
    expect(states).not.toContain('signedOut');
    expect((await ann.client.trpc.users.me.query()).id).toBe('ann');
  });
});

describe('W2 no token is ever in an address', () => {
  it('of all that the engine asks for: logging in, its socket, refreshing, logging out', async () => {
    const line = await listenIn(server.port);
    const ann = await registerPerson(line.url, `ann-${Date.now()}`);
    await eventually(() => expect(ann.client.store.connection.get().name).toBe('live'));
    turnClock(limits.accessTokenMs);
    await ann.client.stop();
    await ann.client.start();
    await eventually(() => expect(line.addresses().some((address) => address.includes('auth.refresh'))).toBe(true));
    await ann.client.auth.logout();
    await eventually(() => expect(line.addresses().some((address) => address.includes('auth.logout'))).toBe(true));
    expect(line.addresses().filter((address) => !address.startsWith('/trpc/'))).toEqual(
      expect.arrayContaining(['/trpc?connectionParams=1']),
    );
    expect(line.addresses().join('\n')).not.toMatch(/nx[a-z]_|token=/i);
    // The tokens did pass here, only elsewhere than in an address.
    expect(line.heard()).toMatch(/authorization: Bearer nxa_/i);
  });
});

describe('G4 who does not say who they are is hung up on', () => {
  it('W2 at once, without a token or with one that has expired', async () => {
    await using none = await rawSocket(server.url);
    expect(await none.closed).toBe(4001);
    const ben = await server.user('ben');
    turnClock(limits.accessTokenMs);
    await using late = await rawSocket(server.url, { token: ben.token });
    expect(await late.closed).toBe(4001);
    expect(codeOf(late.frames[0])).toBe('UNAUTHENTICATED');
    expect(limits.authMaxMs).toBeLessThanOrEqual(5_000);
  });

  it.each(['nxa_wrong', '', 'x'.repeat(5_000)])('closes with UNAUTHENTICATED for the token %.10s', async (token) => {
    await using socket = await rawSocket(server.url, { token });
    expect(await socket.closed).toBe(4001);
    expect(codeOf(socket.frames[0])).toBe('UNAUTHENTICATED');
  });

  it('W2 W4 closes with AUTH_TIMEOUT when the parameters do not come', async () => {
    await using impatient = await startTestServer({ timing: { authMaxMs: 300 } });
    await using socket = await rawSocket(impatient.url, { path: '/trpc?connectionParams=1' });
    expect(await socket.closed).toBe(4002);
  });

  it('closes with MALFORMED when the first frame is something else', async () => {
    await using socket = await rawSocket(server.url, { path: '/trpc?connectionParams=1' });
    socket.send({ method: 'connectionParams', data: { token: 7 } });
    expect(await socket.closed).toBe(4000);
  });

  it('begins nothing before it knows who asks', async () => {
    await using socket = await rawSocket(server.url, { path: '/trpc?connectionParams=1' });
    socket.send({ method: 'connectionParams', data: { token: 'nxa_wrong' } });
    socket.send(subscribeToEvents(1));
    socket.send({ id: 2, method: 'query', params: { path: 'users.me' } });
    expect(await socket.closed).toBe(4001);
    expect(socket.frames.map((frame) => JSON.parse(frame).result)).not.toContainEqual(expect.anything());
  });

  it('does not blame the token when the database is away', async () => {
    const spy = vi
      .spyOn(server.services.sessionCache, 'get')
      .mockRejectedValueOnce(Object.assign(new Error('gone'), { code: 'CONNECTION_CLOSED' }));
    await using socket = await rawSocket(server.url, { token: alice.token });
    expect(await socket.closed).toBe(1011);
    expect(codeOf(socket.frames[0])).toBe('UNAVAILABLE');
    spy.mockRestore();
  });

  const dawdling: [what: string, said: string][] = [
    ['nothing', ''],
    ['half a line', 'GET /trpc?connection'],
    ['a handshake without its end', 'GET /trpc?connectionParams=1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n'],
  ];
  it.each(dawdling)('W4 hangs up on who connects and says %s', async (_, said) => {
    await using impatient = await startTestServer({ timing: { headersMaxMs: 300 } });
    const socket = connect(impatient.port, '127.0.0.1');
    socket.resume().on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(said);
    await closed;
  });

  it('W4 answers 503 when too many of one address have not authenticated, and takes new ones when they have gone', async () => {
    await using crowded = await startTestServer();
    const sockets = await openMany(crowded.port, limits.unauthenticatedMaxPerAddress);
    await expect(rawSocket(crowded.url, { token: alice.token })).rejects.toThrow('503');
    for (const socket of sockets) socket.destroy();
    await eventually(async () => {
      await using socket = await rawSocket(crowded.url, { token: 'nxa_wrong' });
      expect(await socket.closed).toBe(4001);
    });
  });
});

/** Upgraded sockets that then say nothing. */
async function openMany(port: number, count: number) {
  const lines = [
    'GET /trpc?connectionParams=1 HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ];
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(lines.join('\r\n'));
      await new Promise((resolve) => socket.once('data', resolve));
      return socket;
    }),
  );
}

/** A line to the server on which everything is heard that clients say. */
async function listenIn(port: number) {
  let heard = '';
  const relay = createServer((socket) => {
    const there = connect(port, '127.0.0.1');
    socket.on('data', (data) => {
      heard += data.toString('latin1');
    });
    socket.pipe(there).pipe(socket);
    for (const end of [socket, there]) end.on('error', () => {});
    socket.on('close', () => there.destroy());
    there.on('close', () => socket.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void relay.close());
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    heard: () => heard,
    /** What was asked for, in order. */
    addresses: () => [...heard.matchAll(/(?:GET|POST) (\/\S*) HTTP\/1\.1\r/g)].map(([, address = '']) => address),
  };
}
