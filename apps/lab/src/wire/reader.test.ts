import type { StreamItem } from '@nexo/shared';
import { expect, it } from 'vitest';
import { makeReader } from './reader.ts';
import type { WireClient } from './wire-client.ts';

const gap = { type: 'positions' as const, conversations: [{ id: 'c', change: 5 }] };

it('a repair that fails is the last one, and finish() throws why', async () => {
  const asked: string[] = [];
  const reader = makeReader('c', () => {});
  await reader.begin(
    wireOf(async (path) => {
      asked.push(path);
      if (path === 'sync.changes') throw new Error('the server is gone');
      return { items: [{ id: 'c', head: { seq: 0, change: 0 } }], nextCursor: null };
    }),
  );
  reader.take(gap);
  await expect(reader.finish()).rejects.toThrow('the server is gone');
  reader.take(gap);
  await expect(reader.finish()).rejects.toThrow('the server is gone');
  expect(asked).toEqual(['sync.snapshot', 'sync.changes']);
  expect(reader.repairs).toBe(1);
});

it('finish() waits for the repair that follows a repair', async () => {
  let head = 4;
  const applied: number[] = [];
  const reader = makeReader('c', (message) => applied.push(message.seq));
  await reader.begin(
    wireOf(async (path, input) => {
      if (path === 'sync.snapshot') return { items: [{ id: 'c', head: { seq: 0, change: 0 } }], nextCursor: null };
      const { since } = input as { since: number };
      const messages = Array.from({ length: head - since }, (_, i) => ({ seq: since + i + 1, clientMessageId: '' }));
      const answer = { kind: 'changes', messages, head: { seq: head, change: head } };
      head = 5;
      return answer;
    }),
  );
  reader.take(gap);
  await reader.finish();
  expect(applied).toEqual([1, 2, 3, 4, 5]);
  expect(reader.repairs).toBe(2);
});

it('what comes live while finish() asks is applied once', async () => {
  const applied: number[] = [];
  const reader = makeReader('c', (message) => applied.push(message.seq));
  const message = { seq: 1, clientMessageId: '' };
  await reader.begin(
    wireOf(async (path) => {
      if (path === 'sync.snapshot') return { items: [{ id: 'c', head: { seq: 0, change: 0 } }], nextCursor: null };
      await Promise.resolve();
      reader.take({ type: 'message.sent', conversationId: 'c', change: 1, message } as StreamItem);
      return { kind: 'changes', messages: [message], head: { seq: 1, change: 1 } };
    }),
  );
  await reader.finish();
  expect(applied).toEqual([1]);
});

function wireOf(call: (path: string, input: unknown) => Promise<unknown>): WireClient {
  return { call: (_kind: string, path: string, input: unknown) => call(path, input) } as unknown as WireClient;
}
