import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Exchange } from '@nexo/api';
import type { AppError } from '@nexo/shared';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HttpTurns } from './http-turns.ts';

interface Asked {
  req: IncomingMessage;
  res: ServerResponse;
}

let asked: Asked[] = [];
let sockets: Socket[] = [];
const http = createServer((req, res) => asked.push({ req, res }));

beforeEach(() => new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve)));
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => http.close(resolve));
  asked = [];
  sockets = [];
});

/** So many requests that came over one connection each, or all over one. */
async function ask(count: number, how: { pipelined?: true } = {}): Promise<Asked[]> {
  const before = asked.length;
  const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const { port } = http.address() as AddressInfo;
  const made = Array.from({ length: how.pipelined ? 1 : count }, () => connect(port, '127.0.0.1'));
  sockets.push(...made);
  for (const socket of made) socket.write(how.pipelined ? request.repeat(count) : request);
  await vi.waitFor(() => expect(asked).toHaveLength(before + count));
  return asked.slice(before);
}

async function take(turns: HttpTurns, one: Asked | undefined, userId = 'mallory'): Promise<Exchange> {
  if (one === undefined) throw new Error('nothing was asked');
  return turns.take(userId, one.req, one.res);
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'taken',
    (error: AppError) => error.code,
  );

test('who hangs up keeps the turn until the calls that were begun are done, and begins no other', async () => {
  const turns = new HttpTurns();
  const exchanges = await Promise.all((await ask(8)).map((one) => take(turns, one)));
  for (const exchange of exchanges) exchange.begin();
  const [next] = await ask(1);
  let taken = false;
  const waiting = take(turns, next).then(() => {
    taken = true;
  });
  for (const socket of sockets.slice(0, 8)) socket.destroy();
  await vi.waitFor(() => expect(() => exchanges[0]?.begin()).toThrow('Nobody waits'));
  for (const { res } of asked.slice(0, 8)) await vi.waitFor(() => expect(res.closed).toBe(true));
  expect(taken).toBe(false);
  exchanges[3]?.end(10);
  await waiting;
});

test('who has hung up before it was their turn gets none', async () => {
  const turns = new HttpTurns();
  const first = await ask(8);
  await Promise.all(first.map((one) => take(turns, one)));
  const [gone, next] = await ask(2);
  const late = codeOf(take(turns, gone));
  const served = codeOf(take(turns, next));
  sockets[8]?.destroy();
  await vi.waitFor(() => expect(gone?.req.socket.destroyed).toBe(true));
  first[0]?.res.end('done');
  expect([await late, await served]).toEqual(['OVERLOADED', 'taken']);
});

test('requests that come one behind the other over one connection give their turns back when it is gone', async () => {
  const turns = new HttpTurns();
  for (const one of await ask(8, { pipelined: true })) await take(turns, one);
  const next = await ask(8);
  const waiting = next.map((one) => take(turns, one));
  sockets[0]?.destroy();
  expect(await Promise.all(waiting)).toHaveLength(8);
});

test('the line has an end', async () => {
  const turns = new HttpTurns();
  const all = (await ask(8 + 64 + 1, { pipelined: true })).map((one) => codeOf(take(turns, one)));
  expect(await all.at(-1)).toBe('RATE_LIMITED');
  const [other] = await ask(1);
  expect(await codeOf(take(turns, other, 'bob'))).toBe('taken');
});
