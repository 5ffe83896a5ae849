import { type AppRouter, appRouter } from '@nexo/api';
import { limits } from '@nexo/shared';
import { TRPCClientError } from '@trpc/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aMessage, eventually, liveClient, startTestServer, type TestServer, textOf } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('G1 a stock tRPC client', () => {
  it('logs in by HTTP, listens, sends and receives over one socket', async () => {
    const alice = await server.user('alice');
    const bob = await server.user('bob');
    await using a = await liveClient(server.url, alice.token);
    await using b = await liveClient(server.url, bob.token);
    const chat = await a.trpc.conversations.openDirect.mutate({ userId: 'bob' });
    for (let i = 1; i <= 20; i++) await a.trpc.messages.send.mutate(aMessage(chat.id, `hello ${i}`));
    const expected = Array.from({ length: 20 }, (_, i) => `hello ${i + 1}`);
    await eventually(() => expect(textOf(b.items)).toEqual(expected));
    await eventually(() => expect(textOf(a.items)).toEqual(expected));
    expect(a.opens()).toBe(1);
    expect(server.logged).toEqual([]);
  });

  it('may fire more operations in one turn than a batch of HTTP holds', async () => {
    const carol = await server.user('carol');
    await using c = await liveClient(server.url, carol.token);
    const answers = await Promise.all(Array.from({ length: 100 }, () => c.trpc.users.me.query()));
    expect(answers.map((me) => me.id)).toEqual(Array(100).fill('carol'));
  });

  it('stops and starts the subscription on the same socket', async () => {
    const dora = await server.user('dora');
    const chat = await dora.http.conversations.openDirect.mutate({ userId: 'dora' });
    await using d = await liveClient(server.url, dora.token);
    await dora.http.messages.send.mutate(aMessage(chat.id, 'one'));
    await eventually(() => expect(textOf(d.items)).toEqual(['one']));
    d.stopListening();
    await d.trpc.users.me.query();
    await dora.http.messages.send.mutate(aMessage(chat.id, 'two'));
    const again: string[] = [];
    const subscription = await new Promise<{ unsubscribe(): void }>((resolve) => {
      const one = d.trpc.sync.events.subscribe(undefined, {
        onStarted: () => resolve(one),
        onData: (items) => again.push(...textOf(items)),
      });
    });
    await dora.http.messages.send.mutate(aMessage(chat.id, 'three'));
    await eventually(() => expect(again).toEqual(['three']));
    subscription.unsubscribe();
    expect(textOf(d.items)).toEqual(['one']);
    expect(d.opens()).toBe(1);
  });

  it('is told UNKNOWN_PROCEDURE by its error', async () => {
    const erik = await server.user('erik');
    await using e = await liveClient(server.url, erik.token);
    const unknown = e.trpc as unknown as { no: { such: { query(): Promise<unknown> } } };
    const error = await unknown.no.such.query().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TRPCClientError);
    expect((error as TRPCClientError<AppRouter>).data?.nexo).toEqual({ code: 'UNKNOWN_PROCEDURE', retryable: false });
  });

  it('hears the same stream over HTTP without a socket', async () => {
    const fay = await server.user('fay');
    const chat = await fay.http.conversations.openDirect.mutate({ userId: 'fay' });
    const abort = new AbortController();
    const response = await fetch(`${server.url}/trpc/sync.events`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${fay.token}` },
      signal: abort.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let heard = '';
    const reading = response.body?.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write(chunk) {
          heard += chunk;
        },
      }),
    );
    // The transport begins to answer before the stream has begun, so say it until it is heard.
    await eventually(async () => {
      await fay.http.messages.send.mutate(aMessage(chat.id, 'over HTTP'));
      expect(heard).toContain('over HTTP');
    });
    abort.abort();
    await expect(reading).rejects.toThrow('abort');
  });

  it('is written to over HTTP while nothing happens, as only so a peer is found that has vanished', () => {
    expect(appRouter._def._config.sse?.ping).toEqual({ enabled: true, intervalMs: limits.pingEveryMs });
  });

  it('tells whether a person looks at it', async () => {
    const gus = await server.user('gus');
    await using g = await liveClient(server.url, gus.token);
    await expect(g.trpc.presence.setAppState.mutate({ state: 'background' })).resolves.not.toThrow();
  });
});
