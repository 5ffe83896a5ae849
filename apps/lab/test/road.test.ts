import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openRoad, type Road } from '../src/faults/road.ts';
import { seeded } from '../src/load/random.ts';

/** A server that says everything back, behind a road, and a client of it. */
async function makeEcho() {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const road = await openRoad({ targetPort: typeof address === 'object' && address !== null ? address.port : 0 });
  onTestFinished(async () => {
    await road[Symbol.asyncDispose]();
    server.close();
  });
  return { road, client: await connected(road) };
}

async function connected(road: Road) {
  const socket = connect({ port: road.port, host: '127.0.0.1' });
  const state = { heard: '', ended: null as string | null };
  socket.on('data', (bytes: Buffer) => {
    state.heard += bytes.toString();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    state.ended = error.code ?? error.message;
  });
  socket.on('close', () => {
    state.ended ??= 'closed';
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket: socket as Socket, state };
}

/** Long enough for what would come to come. */
const aWhileMs = 150;

describe('a road', () => {
  it('passes everything on in both directions, whatever its size', async () => {
    const { client } = await makeEcho();
    const text = 'x'.repeat(3_000_000);
    client.socket.write(text);
    await vi.waitFor(() => expect(client.state.heard.length).toBe(text.length), 10_000);
    expect(client.state.heard).toBe(text);
  });

  it('holds everything back while it is stalled, on old connections and new ones, and loses nothing', async () => {
    const { road, client } = await makeEcho();
    road.stall(['toTarget', 'toSource']);
    client.socket.write('one');
    const other = await connected(road);
    other.socket.write('two');
    await delay(aWhileMs);
    expect([client.state.heard, other.state.heard]).toEqual(['', '']);
    expect(road.takeTouched()).toBeGreaterThan(0);
    road.heal();
    await vi.waitFor(() => expect([client.state.heard, other.state.heard]).toEqual(['one', 'two']));
  });

  it('can be stalled in one direction only', async () => {
    const { road, client } = await makeEcho();
    road.stall(['toSource']);
    client.socket.write('heard at the other end');
    await delay(aWhileMs);
    expect(client.state.heard).toBe('');
    road.heal();
    await vi.waitFor(() => expect(client.state.heard).toBe('heard at the other end'));
  });

  it('delays, and keeps the order', async () => {
    const { road, client } = await makeEcho();
    road.delay(50, 100);
    const before = performance.now();
    for (let i = 0; i < 20; i++) client.socket.write(`${i},`);
    await vi.waitFor(() => expect(client.state.heard).toBe(`${Array.from({ length: 20 }, (_, i) => i).join(',')},`), 5_000);
    // There and back.
    expect(performance.now() - before).toBeGreaterThan(100);
  });

  it('lets connections go silent without an end, while new ones work', async () => {
    const { road, client } = await makeEcho();
    expect(road.blackHole()).toBe(1);
    client.socket.write('into the void');
    const other = await connected(road);
    other.socket.write('here');
    await vi.waitFor(() => expect(other.state.heard).toBe('here'));
    road.heal();
    await delay(aWhileMs);
    expect(client.state).toEqual({ heard: '', ended: null });
  });

  it('resets all connections at once', async () => {
    const { road, client } = await makeEcho();
    const other = await connected(road);
    await vi.waitFor(() => expect(road.connections()).toBe(2));
    expect(road.reset()).toBe(2);
    await vi.waitFor(() => expect([client.state.ended, other.state.ended]).toEqual(['ECONNRESET', 'ECONNRESET']));
  });

  it('resets a connection at a byte in the middle of what it carries', async () => {
    const { road, client } = await makeEcho();
    expect(road.resetAtRandomByte(1, 1_000, seeded(1))).toBe(1);
    client.socket.write('x'.repeat(5_000));
    await vi.waitFor(() => expect(client.state.ended).not.toBeNull());
    expect(client.state.heard.length).toBeLessThan(1_000);
  });

  it('lets a slow reader read slowly, and then as fast as it can', async () => {
    const { road, client } = await makeEcho();
    road.slowDown(1, 1_000, seeded(1));
    client.socket.write('x'.repeat(100_000));
    await delay(aWhileMs * 2);
    expect(client.state.heard.length).toBeLessThan(2_000);
    expect(road.takeTouched()).toBeGreaterThan(0);
    road.heal();
    await vi.waitFor(() => expect(client.state.heard.length).toBe(100_000), 5_000);
  });
});
