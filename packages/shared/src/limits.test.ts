import { expect, test } from 'vitest';
import * as limits from './limits.ts';
import { newId } from './make-ids.ts';
import { resumeInput } from './sync.ts';

const utf8Bytes = (text: string) => encodeURIComponent(text).replaceAll(/%../g, '.').length;

/** Bytes of a call's frame of the tRPC WebSocket protocol. */
const framed = (path: string, input: unknown) =>
  utf8Bytes(JSON.stringify({ id: Number.MAX_SAFE_INTEGER, method: 'mutation', params: { path, input } }));

const bare = { conversationId: newId(), clientMessageId: newId(), replyTo: Number.MAX_SAFE_INTEGER };

test('a resume with as many cursors as are allowed fits a frame', () => {
  const conversations = Array.from({ length: limits.resumeMaxConversations }, () => ({
    id: newId(),
    change: Number.MAX_SAFE_INTEGER,
  }));
  const input = { epoch: newId(), userChange: Number.MAX_SAFE_INTEGER, after: newId(), upTo: newId(), conversations };
  expect(resumeInput.safeParse(input).success).toBe(true);
  expect(framed('sync.resume', input)).toBeLessThan(limits.frameMaxBytes);
});

test('the longest text fits a frame, whatever people write it with', () => {
  for (const character of ['x', 'é', '中', '😀', '"', '\\', '\n', '\t', '<', '\u2028']) {
    const text = character.repeat(Math.floor(limits.messageTextMaxBytes / utf8Bytes(character)));
    expect(framed('messages.send', { ...bare, content: { type: 'text', text } })).toBeLessThan(limits.frameMaxBytes);
  }
});

test('the longest list of names fits a frame', () => {
  const memberIds = Array.from({ length: limits.groupCreateMaxMembers }, () => 'x'.repeat(limits.userIdMaxChars));
  expect(framed('groups.create', { name: '"'.repeat(limits.groupNameMaxChars), memberIds })).toBeLessThan(limits.frameMaxBytes);
});

test('the longest list of watched people fits a frame', () => {
  const userIds = Array.from({ length: limits.presenceWatchMax }, () => 'x'.repeat(limits.userIdMaxChars));
  expect(framed('presence.subscribe', { userIds })).toBeLessThan(limits.frameMaxBytes);
});

test('bounds that build on each other keep their order', () => {
  expect(limits.pageDefault).toBeLessThanOrEqual(limits.pageMax);
  expect(limits.latestPageMessages).toBeLessThanOrEqual(limits.pageMax);
  expect(limits.groupCreateMaxMembers).toBeLessThan(limits.groupMaxMembers);
  expect(limits.messageTextMaxBytes).toBeLessThan(limits.laneBatchMaxBytes);
  expect(limits.outboundFrameBytes).toBeLessThan(limits.outboundSoftMaxBytes);
  expect(limits.outboundSoftMaxBytes).toBeLessThan(limits.outboundHardMaxBytes);
  expect(limits.outboundHardMaxBytes).toBeLessThan(limits.outboundCeilingBytes);
  expect(limits.gapHoldMs).toBeGreaterThan(limits.busHoldMs);
  expect(limits.positionsEveryMs).toBeLessThanOrEqual(30_000);
});
