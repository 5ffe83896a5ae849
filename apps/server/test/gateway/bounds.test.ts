import { limits } from '@nexo/shared';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  aMessage,
  codeOf,
  eventually,
  itemsOf,
  liveClient,
  rawSocket,
  startTestServer,
  subscribeToEvents,
  type TestServer,
  type TestUser,
  textOf,
} from './harness.ts';

let server: TestServer;
let alice: TestUser;
beforeAll(async () => {
  server = await startTestServer({ timing: { operationsBurstMax: 400, operationsPerSecond: 1 } });
  alice = await server.user('alice');
});
afterAll(() => server[Symbol.asyncDispose]());

const me = (id: number | string) => ({ id, method: 'query', params: { path: 'users.me' } });
const idsOf = (frames: string[]) => frames.map((frame) => JSON.parse(frame).id);

describe('G6 operations of one socket', () => {
  it('wait their turn: no more than the bound are under way, and all are answered', async () => {
    let running = 0;
    let most = 0;
    const spy = vi.spyOn(server.services.rateLimits, 'take').mockImplementation(async () => {
      running++;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });
    await using socket = await rawSocket(server.url, { token: alice.token });
    const count = 200;
    const search = (id: number) => ({ id, method: 'query', params: { path: 'users.search', input: { query: 'al' } } });
    socket.send(Array.from({ length: count / 2 }, (_, id) => search(id)));
    for (let id = count / 2; id < count; id++) socket.send(search(id));
    await eventually(() => expect(socket.frames).toHaveLength(count));
    spy.mockRestore();
    expect(new Set(idsOf(socket.frames)).size).toBe(count);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(limits.unansweredMaxOperations);
  });

  it('may use one id twice', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send([me(1), me(1), me('1')]);
    await eventually(() => expect(idsOf(socket.frames).map(String)).toEqual(['1', '1', '1']));
  });
});

describe('G7 wrong input costs the sender, not the others', () => {
  it('W5 closes with FRAME_TOO_LARGE above the bound, and not at it', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    const padded = (bytes: number) => {
      const text = JSON.stringify(me(1));
      return text + ' '.repeat(bytes - text.length);
    };
    socket.send(padded(limits.frameMaxBytes));
    await eventually(() => expect(socket.frames).toHaveLength(1));
    socket.send(padded(limits.frameMaxBytes + 1));
    expect(await socket.closed).toBe(1009);
  });

  it('W5 closes with FRAME_TOO_LARGE when it is too large once inflated', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token, perMessageDeflate: true });
    expect(socket.ws.extensions).toContain('permessage-deflate');
    socket.send(`"${' '.repeat(1024 * 1024)}"`);
    expect(await socket.closed).toBe(1009);
  });

  it.each(['not JSON', '', '7', '"text"', 'null', 'true', '{"id":1'])('closes with MALFORMED for %j', async (text) => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send(me(1));
    socket.send(text);
    expect(await socket.closed).toBe(4000);
  });

  it('closes with MALFORMED for a binary frame', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.ws.send(Buffer.from('{}'));
    expect(await socket.closed).toBe(4000);
  });

  it('answers an operation of the wrong shape and serves its neighbours', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send([{ id: 1 }, me(2), 7, null, { id: 3, method: 'dance', params: { path: 'users.me' } }, { ...me(4), params: 'x' }]);
    await eventually(() => expect(socket.frames).toHaveLength(6));
    const answers = new Map(socket.frames.map((frame) => [JSON.parse(frame).id, codeOf(frame)]));
    expect(answers).toEqual(
      new Map<unknown, unknown>([
        [1, 'INVALID_INPUT'],
        [2, undefined],
        [3, 'INVALID_INPUT'],
        [4, 'INVALID_INPUT'],
        [null, 'INVALID_INPUT'],
      ]),
    );
  });

  it('answers an operation with an id that is too long without naming it', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send([me('x'.repeat(64)), me('x'.repeat(65))]);
    await eventually(() => expect(socket.frames).toHaveLength(2));
    const answers = socket.frames.map((frame) => [JSON.parse(frame).id, codeOf(frame)]);
    expect(answers).toContainEqual(['x'.repeat(64), undefined]);
    expect(answers).toContainEqual([null, 'INVALID_INPUT']);
  });

  it('closes with MALFORMED after too many of the wrong shape', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    for (let i = 0; i <= limits.malformedMax; i++) socket.send([{}]);
    expect(await socket.closed).toBe(4000);
    expect(socket.frames).toHaveLength(limits.malformedMax);
  });

  it('answers an unknown procedure with UNKNOWN_PROCEDURE, a subscription too', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send({ id: 1, method: 'query', params: { path: 'no.such' } });
    socket.send({ id: 2, method: 'subscription', params: { path: 'constructor' } });
    socket.send({ id: 3, method: 'mutation', params: { path: '__proto__.x' } });
    await eventually(() => expect(socket.frames.map(codeOf)).toEqual(Array(3).fill('UNKNOWN_PROCEDURE')));
  });

  it('says of wrong input which field is wrong', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send({ id: 1, method: 'query', params: { path: 'users.get', input: { userIds: 'alice' } } });
    await eventually(() => expect(codeOf(socket.frames[0])).toBe('INVALID_INPUT'));
    expect(JSON.parse(socket.frames[0] ?? '').error.data.nexo.field).toBe('userIds');
  });

  it('W5 goes on serving others through a flood of random bytes', async () => {
    await using other = await liveClient(server.url, alice.token);
    for (let i = 0; i < 20; i++) {
      await using socket = await rawSocket(server.url, { token: alice.token });
      // Past the library, straight onto the wire: not even frames.
      const wire = (socket.ws as unknown as { _socket: NodeJS.WritableStream })._socket;
      wire.write(Buffer.from(Array.from({ length: 500 }, (_, byte) => (byte * 37 + i * 91) % 256)));
      expect([1002, 1006, 1007, 1009, 4000]).toContain(await socket.closed);
    }
    expect((await other.trpc.users.me.query()).id).toBe('alice');
  });
});

describe('W5 bytes that no library sends', () => {
  /** A masked frame whose mask changes nothing. */
  const frame = (first: number, payload: Buffer) => {
    const size = Buffer.alloc(2);
    size.writeUInt16BE(payload.length);
    return Buffer.concat([Buffer.from([first, 0x80 | 126]), size, Buffer.alloc(4), payload]);
  };
  const piece = Buffer.alloc(8 * 1024, ' ');

  it.each([
    ['a reserved bit', [frame(0xa1, Buffer.from('{}'))], 1002],
    ['an opcode that does not exist', [frame(0x83, Buffer.from('{}'))], 1002],
    ['a text that is no UTF-8', [frame(0x81, Buffer.from([0x22, 0xc3, 0x28, 0x22]))], 1007],
    ['a message in fragments without end', [frame(0x01, piece), ...Array<Buffer>(8).fill(frame(0x00, piece))], 1009],
  ])('W5 %s closes the socket, and only this one', async (_, frames, code) => {
    await using other = await liveClient(server.url, alice.token);
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send(me(1));
    await eventually(() => expect(socket.frames).toHaveLength(1));
    (socket.ws as unknown as { _socket: NodeJS.WritableStream })._socket.write(Buffer.concat(frames));
    expect(await socket.closed).toBe(code);
    expect((await other.trpc.users.me.query()).id).toBe('alice');
  });
});

describe('G8 W6 operations have a rate', () => {
  it('refuses what is above it without beginning it, then closes who goes on', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send(Array.from({ length: 450 }, (_, id) => me(id)));
    await eventually(() => expect(socket.frames).toHaveLength(450));
    const refused = socket.frames.filter((frame) => codeOf(frame) === 'RATE_LIMITED');
    expect(refused.length).toBeGreaterThan(0);
    expect(JSON.parse(refused[0] ?? '').error.data.nexo).toMatchObject({ retryable: true, retryAfterMs: 1_000 });
    for (let round = 0; round < 10; round++) socket.send(Array.from({ length: 400 }, (_, id) => me(id)));
    expect(await socket.closed).toBe(4007);
  });

  it('counts PINGs too', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    socket.send('PING');
    await eventually(() => expect(socket.frames).toEqual(['PONG']));
    for (let i = 0; i < 2_000; i++) socket.send('PING');
    expect(await socket.closed).toBe(4007);
  });

  it('counts frames that ask for nothing, and pongs that nobody asked for', async () => {
    await using empty = await rawSocket(server.url, { token: alice.token });
    for (let i = 0; i < 3_000; i++) empty.send('[]');
    expect(await empty.closed).toBe(4007);
    await using ponging = await rawSocket(server.url, { token: alice.token });
    for (let i = 0; i < 3_000; i++) ponging.ws.pong();
    expect(await ponging.closed).toBe(4007);
  });

  it('W5 cuts off a flood of pings of the protocol', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    for (let i = 0; i < 5_000; i++) socket.ws.ping();
    // The library cuts the line when its answers pile up; we close when they do not.
    expect([1006, 4007]).toContain(await socket.closed);
  });
});

describe('G9 subscriptions of one socket', () => {
  it('are bounded, and may not share an id', async () => {
    await using socket = await rawSocket(server.url, { token: alice.token });
    const max = limits.subscriptionsMaxPerConnection;
    for (let id = 1; id <= max + 1; id++) socket.send(subscribeToEvents(id));
    socket.send(subscribeToEvents(1));
    await eventually(() => expect(socket.frames).toHaveLength(max + 2));
    const codes = new Map(socket.frames.map((frame) => [codeOf(frame) ?? JSON.parse(frame).result.type, JSON.parse(frame).id]));
    expect(codes.get('RATE_LIMITED')).toBe(max + 1);
    expect(codes.get('INVALID_INPUT')).toBe(1);
    socket.send({ id: 1, method: 'subscription.stop' });
    await eventually(() => expect(socket.frames.at(-1)).toBe('{"id":1,"result":{"type":"stopped"}}'));
    socket.send(subscribeToEvents(1));
    await eventually(() => expect(socket.frames.at(-1)).toBe('{"id":1,"result":{"type":"started"}}'));
  });
});

describe('G14 frames may be compressed', () => {
  it.each([
    ['a client that can', true, true],
    ['one that cannot', false, false],
    ['one with a small window', { serverMaxWindowBits: 9 }, false],
  ])('for %s', async (_, perMessageDeflate, compressed) => {
    const chat = await alice.http.conversations.openDirect.mutate({ userId: 'alice' });
    await using socket = await rawSocket(server.url, { token: alice.token, perMessageDeflate });
    let wireBytes = 0;
    (socket.ws as unknown as { _socket: NodeJS.ReadableStream })._socket.on('data', (data: Buffer) => {
      wireBytes += data.length;
    });
    socket.send(subscribeToEvents(1));
    await eventually(() => expect(socket.frames).toHaveLength(1));
    const text = 'the same words again '.repeat(500);
    await alice.http.messages.send.mutate(aMessage(chat.id, text));
    await eventually(() => expect(textOf(itemsOf(socket.frames))).toEqual([text]));
    expect(wireBytes < text.length).toBe(compressed);
  });
});
