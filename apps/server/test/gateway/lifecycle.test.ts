import { connect } from 'node:net';
import { createDb } from '@nexo/db';
import { limits } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import {
  aMessage,
  eventually,
  httpClient,
  liveClient,
  type RawSocket,
  rawSocket,
  startTestServer,
  subscribeToEvents,
  textOf,
} from './harness.ts';

describe('G5 W4 a user has at most so many sockets', () => {
  it('the newest is refused, and another user is not', async () => {
    await using server = await startTestServer();
    const ann = await server.user('ann');
    const ben = await server.user('ben');
    const open: RawSocket[] = [];
    for (let i = 0; i < limits.connectionsMaxPerUser; i++) {
      const socket = await rawSocket(server.url, { token: ann.token });
      socket.send({ id: 1, method: 'query', params: { path: 'users.me' } });
      await eventually(() => expect(socket.frames).toHaveLength(1));
      open.push(socket);
    }
    await using refused = await rawSocket(server.url, { token: ann.token });
    expect(await refused.closed).toBe(4005);
    await using other = await liveClient(server.url, ben.token);
    expect((await other.trpc.users.me.query()).id).toBe('ben');
    await open[0]?.[Symbol.asyncDispose]();
    await eventually(async () => {
      await using again = await rawSocket(server.url, { token: ann.token });
      again.send({ id: 1, method: 'query', params: { path: 'users.me' } });
      await Promise.race([again.closed, eventually(() => expect(again.frames).not.toEqual([]))]);
      expect(again.frames[0]).toContain('"ann"');
    });
    for (const socket of open) await socket[Symbol.asyncDispose]();
  });
});

describe('G15 a peer that is gone is found', () => {
  it('closes with PING_TIMEOUT who does not answer, and keeps who does', async () => {
    await using server = await startTestServer({ timing: { pingEveryMs: 100 } });
    const ann = await server.user('ann');
    await using alive = await rawSocket(server.url, { token: ann.token });
    const dead = new Promise<string>((resolve) => {
      // Speaks the handshake and then never again, like a peer behind a cut line.
      const socket = connect(server.port, '127.0.0.1');
      let heard = Buffer.alloc(0);
      socket.on('data', (data) => {
        heard = Buffer.concat([heard, data]);
      });
      socket.on('close', () => resolve(heard.toString('latin1')));
      socket.on('error', () => {});
      const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
      const headers = `Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}`;
      const cookie = `Origin: http://localhost:${server.port}\r\nCookie: nexo_access=${ann.token}`;
      socket.write(`GET /trpc HTTP/1.1\r\n${headers}\r\n${cookie}\r\n\r\n`);
    });
    expect(await dead).toContain('PING_TIMEOUT');
    expect(alive.ws.readyState).toBe(alive.ws.OPEN);
  });
});

describe('G16 S9 the end of a session ends its sockets', () => {
  it('at once, with the reason, and only its own', async () => {
    await using server = await startTestServer();
    const ann = await server.user('ann');
    const second = await httpClient(server.url).auth.login.mutate({
      userId: 'ann',
      password: 'correct horse battery',
      platform: 'server',
    });
    await using first = await liveClient(server.url, ann.token);
    await using other = await rawSocket(server.url, { token: second.accessToken ?? '' });
    await using idle = await rawSocket(server.url, { token: second.accessToken ?? '' });
    other.send(subscribeToEvents(1));
    await eventually(() => expect(other.frames).toHaveLength(1));
    await ann.http.auth.revokeSession.mutate({ sessionId: second.session.id, password: server.password });
    expect(await other.closed).toBe(4003);
    expect(await idle.closed).toBe(4003);
    expect((await first.trpc.users.me.query()).id).toBe('ann');
    await using late = await rawSocket(server.url, { token: second.accessToken ?? '' });
    expect(await late.closed).toBe(4001);
  });

  it('with SESSION_REPLACED when another login took its place', async () => {
    await using server = await startTestServer({ settings: { multiLogin: 'samePlatform' } });
    const login = (platform: 'web') =>
      httpClient(server.url).auth.login.mutate({ userId: 'ann', password: 'correct horse battery', platform });
    await server.user('ann');
    const { accessToken = '' } = await login('web');
    await using older = await rawSocket(server.url, { token: accessToken });
    older.send({ id: 1, method: 'query', params: { path: 'users.me' } });
    await eventually(() => expect(older.frames).toHaveLength(1));
    await login('web');
    expect(await older.closed).toBe(4004);
  });

  it('at the latest with the regular second look, when nothing brought the word', async () => {
    await using server = await startTestServer({ timing: { sessionsRecheckEveryMs: 100 } });
    const ann = await server.user('ann');
    await using socket = await rawSocket(server.url, { token: ann.token });
    socket.send({ id: 1, method: 'query', params: { path: 'users.me' } });
    await eventually(() => expect(socket.frames).toHaveLength(1));
    // As an operator would by hand: no bus, no doorbell.
    await server.services.db.sql`update sessions set revoked_at = now() where id = ${ann.sessionId}`;
    expect(await socket.closed).toBe(4003);
  });

  it('also while the socket is only just coming in', async () => {
    await using server = await startTestServer();
    const ann = await server.user('ann');
    const codes: number[] = [];
    for (let round = 0; round < 10; round++) {
      const { accessToken = '', session } = await httpClient(server.url).auth.login.mutate({
        userId: 'ann',
        password: 'correct horse battery',
        platform: 'server',
      });
      const arriving = rawSocket(server.url, { token: accessToken });
      const revoking = ann.http.auth.revokeSession.mutate({ sessionId: session.id, password: server.password });
      await using socket = await arriving;
      await revoking;
      codes.push(await socket.closed);
    }
    expect(codes.every((code) => code === 4001 || code === 4003)).toBe(true);
  });
});

describe('G17 a server that stops says so', () => {
  it('is not ready any more, asks its clients to reconnect, answers what it took, closes with GOING_AWAY', async () => {
    const server = await startTestServer({ drainWindowMs: 200 });
    const ann = await server.user('ann');
    const chat = await ann.http.conversations.openDirect.mutate({ userId: 'ann' });
    const socket = await rawSocket(server.url, { token: ann.token });
    socket.send(subscribeToEvents('events'));
    await eventually(() => expect(socket.frames).toHaveLength(1));
    // Somebody keeps the conversation locked, so that the sends are under way when the server is told to stop.
    const lock = await lockHead(server.database.url, chat.id);
    const sends = Array.from({ length: 20 }, (_, id) => ({
      id,
      method: 'mutation',
      params: { path: 'messages.send', input: aMessage(chat.id, String(id)) },
    }));
    socket.send(sends);
    // Begun in order: once this is answered, the sends are with their lane.
    socket.send({ id: 'probe', method: 'query', params: { path: 'users.me' } });
    await eventually(() => expect(socket.frames.at(-1)).toContain('"id":"probe"'));
    const closing = server.close();
    await expect(rawSocket(server.url, { token: ann.token })).rejects.toThrow();
    await eventually(() => expect(socket.frames).toContain('{"id":null,"method":"reconnect"}'));
    await lock.release();
    expect(await socket.closed).toBe(1001);
    await closing;
    const answers = socket.frames.map((frame) => JSON.parse(frame)).filter((frame) => typeof frame.id === 'number');
    expect(answers).toHaveLength(20);
    expect(answers.some((answer) => answer.result !== undefined)).toBe(true);
    const [stored] = await server.database.db.sql<
      { count: number }[]
    >`select count(*) as count from messages where sender_id = 'ann'`;
    expect(answers.filter((answer) => answer.result !== undefined)).toHaveLength(stored?.count ?? -1);
    await server.database[Symbol.asyncDispose]();
  });

  it('stock clients go on with the next server at the same address', async () => {
    const first = await startTestServer();
    const ann = await first.user('ann');
    const chat = await ann.http.conversations.openDirect.mutate({ userId: 'ann' });
    await using client = await liveClient(first.url, ann.token);
    await first.close();
    await using second = await startTestServer({ database: first.database, port: first.port });
    await eventually(() => expect(client.opens()).toBeGreaterThan(1));
    await eventually(async () => {
      await ann.http.messages.send.mutate(aMessage(chat.id, 'still here'));
      expect(textOf(client.items)).toContain('still here');
    });
    expect(second.port).toBe(first.port);
    await client[Symbol.asyncDispose]();
    await second.close();
    await first.database[Symbol.asyncDispose]();
  });

  it('told to stop at once while it gives its clients time to move, it does not wait for those who stay', async () => {
    const server = await startTestServer();
    const ann = await server.user('ann');
    await using stays = await rawSocket(server.url, { token: ann.token });
    const leaving = server.close({ toOthers: true });
    await eventually(() => expect(stays.frames).toContain('{"id":null,"method":"reconnect"}'));
    const stopping = server.close().then(() => 'stopped');
    // Less than the time that clients have to move.
    const patience = new Promise((resolve) => setTimeout(resolve, 3_500, 'still waiting'));
    expect(await Promise.race([stopping, patience])).toBe('stopped');
    expect(await stays.closed).toBe(1001);
    await leaving;
    await server.database[Symbol.asyncDispose]();
  });
});

/** Holds the lock of a conversation's head, from a connection that is not the server's. */
async function lockHead(url: string, conversationId: string) {
  const db = createDb({ url, max: 1, name: 'holder', settings: { idle_in_transaction_session_timeout: '0' } });
  // `reserve` takes an open connection only, and the first statement opens it.
  await db.sql`select 1`;
  const connection = await db.sql.reserve();
  await connection`begin`;
  await connection`select 1 from heads where conversation_id = ${conversationId} for update`;
  return {
    async release() {
      await connection`commit`;
      connection.release();
      await db.close();
    },
  };
}
