import { connect } from 'node:net';
import { limits } from '@nexo/shared';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
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

describe('G4 who does not say who they are is hung up on', () => {
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
