import type { Socket } from 'node:net';
import { constants, deflateRawSync } from 'node:zlib';
import { createTestDatabase, type TestDatabase } from '@nexo/db/testing';
import { type Account, seedAccounts, startServerProcess } from '@nexo/lab/harness';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { bareSocket, frame, residentMiB } from './support/bare-socket.ts';

const mebibyte = 2 ** 20;
const sockets = 40;
/** Each socket makes the server hold this much, if it lets it: together six times what it may grow. */
const heldBytes = 8 * mebibyte;
/** Most of it is what V8 takes while it reads so much and throws it away. */
const growthMaxMiB = (sockets * heldBytes) / mebibyte / 5;

let database: TestDatabase;
let accounts: Account[];
beforeAll(async () => {
  database = await createTestDatabase();
  accounts = await seedAccounts(database.db, sockets / 10 + 1);
});
afterAll(() => database?.[Symbol.asyncDispose]());

const piece = Buffer.alloc(32 * 1024, 'x');
const bomb = deflateRawSync(Buffer.alloc(mebibyte), { finishFlush: constants.Z_SYNC_FLUSH });

interface Attack {
  /** Offered in the handshake. */
  extensions?: string;
  begin: Buffer;
  /** Sent again and again afterwards. */
  next: Buffer;
  times: number;
  /** What comes back is not read before all has been sent. */
  deaf?: true;
}

const attacks: Record<string, Attack> = {
  'fragments without an end': {
    begin: frame(0x01, piece),
    next: frame(0x00, piece),
    times: heldBytes / piece.length,
  },
  'one frame that says it has a gigabyte': {
    begin: frame(0x81, piece, 1024 * mebibyte),
    next: piece,
    times: heldBytes / piece.length,
  },
  'compressed fragments that grow a thousandfold, without an end': {
    extensions: 'permessage-deflate',
    begin: frame(0x41, bomb),
    next: frame(0x00, bomb),
    times: heldBytes / mebibyte,
  },
  // Each is answered, and nobody reads the answers: the road takes some of them, so there are more than in the others.
  'a hundred thousand pings': {
    begin: frame(0x89, piece.subarray(0, 125)),
    next: Buffer.concat(Array<Buffer>(1_000).fill(frame(0x89, piece.subarray(0, 125)))),
    times: 100,
    deaf: true,
  },
};

/** Sends all of it, or as much as is taken before the server hangs up. */
async function attack(socket: Socket, { begin, next, times, deaf }: Attack): Promise<void> {
  if (deaf) socket.pause();
  else socket.resume();
  socket.write(begin);
  for (let n = 0; n < times && !socket.destroyed; n++) {
    if (!socket.write(next)) await first(socket, 'drain', 'close');
  }
}

function first(socket: Socket, ...events: string[]): Promise<unknown> {
  return Promise.race(events.map((event) => new Promise((resolve) => socket.once(event, resolve))));
}

it.each(Object.entries(attacks))('W5 memory stays flat through %s, from many sockets', async (_, plan) => {
  // A server of its own each time: what one has given back to itself, another would fill unseen.
  const server = await startServerProcess({ databaseUrl: database.url, code: 'source' });
  onTestFinished(() => server.stop());
  const open: Socket[] = [];
  onTestFinished(() => open.forEach((socket) => void socket.destroy()));
  for (let n = 0; n < sockets; n++) {
    open.push(await bareSocket(server.port, accounts[n % (accounts.length - 1)]?.accessToken ?? '', plan.extensions));
  }
  const beforeMiB = residentMiB(server.pid);
  let growthMiB = 0;
  const grownTooMuch = new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      growthMiB = Math.max(growthMiB, residentMiB(server.pid) - beforeMiB);
      if (growthMiB >= growthMaxMiB) resolve();
    }, 10);
    onTestFinished(() => clearInterval(watch));
  });
  const attacked = async () => {
    const closed = open.map((socket) => first(socket, 'close'));
    await Promise.all(open.map((socket) => attack(socket, plan)));
    // Others are served meanwhile.
    const authorization = `Bearer ${accounts.at(-1)?.accessToken}`;
    expect((await fetch(`${server.url}/trpc/users.me`, { headers: { authorization } })).status).toBe(200);
    for (const socket of open) socket.resume();
    await Promise.all(closed);
  };
  await Promise.race([attacked(), grownTooMuch]);
  expect(growthMiB).toBeLessThan(growthMaxMiB);
});
