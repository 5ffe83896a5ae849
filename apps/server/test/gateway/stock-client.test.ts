import { describe, expect, it, vi } from 'vitest';
import { aMessage, liveClient, startTestServer, textOf } from './harness.ts';

describe('G1 a stock tRPC client', () => {
  it('logs in by HTTP, listens, sends and receives over one socket', async () => {
    await using server = await startTestServer();
    const alice = await server.user('alice');
    const bob = await server.user('bob');
    await using a = await liveClient(server.url, alice.token);
    await using b = await liveClient(server.url, bob.token);
    const chat = await a.trpc.conversations.openDirect.mutate({ userId: 'bob' });
    for (let i = 1; i <= 20; i++) await a.trpc.messages.send.mutate(aMessage(chat.id, `hello ${i}`));
    const expected = Array.from({ length: 20 }, (_, i) => `hello ${i + 1}`);
    await vi.waitFor(() => expect(textOf(b.items)).toEqual(expected));
    await vi.waitFor(() => expect(textOf(a.items)).toEqual(expected));
    expect(server.logged).toEqual([]);
  });
});
