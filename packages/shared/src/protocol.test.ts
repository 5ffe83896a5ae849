import { v5 } from 'uuid';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import * as shared from './index.ts';

/** Every schema that crosses the wire, as JSON Schema, by the name it is exported under. */
const schemas = Object.entries<unknown>(shared)
  .flatMap(([name, value]) => (value instanceof z.ZodMiniType ? [{ name, schema: value }] : []))
  .sort((one, two) => (one.name < two.name ? -1 : 1))
  .map(({ name, schema }) => [name, z.toJSONSchema(schema, { io: 'input' })] as const);

/**
 * Changes whenever anything on the wire changes. If a client of the version before would misunderstand the new shape, raise
 * PROTOCOL_VERSION and say in its history why; if it only adds, leave the version. Then write the new hash here.
 */
const known = { version: 1, hash: '88171322-1aa9-503e-92b4-c95d18b65b1b' };

test('a change of the wire is a conscious act', () => {
  const hash = v5(JSON.stringify(schemas), v5.URL);
  expect({ version: shared.PROTOCOL_VERSION, hash }).toEqual(known);
});

test('the hash covers inputs, results and events', () => {
  const names = schemas.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['sendMessageInput', 'resumeResultSchema', 'conversationEventSchema', 'signalSchema']),
  );
  expect(names.length).toBeGreaterThan(35);
});

test('inputs are strict: an unknown field is refused, so that a misspelt one is noticed', () => {
  for (const [name, schema] of schemas) {
    if (name.endsWith('Input')) expect(schema, name).toMatchObject({ type: 'object', additionalProperties: false });
  }
});

test('each error code has a row with a status, and only refusals that may pass by themselves are retryable', () => {
  const retryable = Object.entries(shared.errorCodes).flatMap(([code, row]) => (row.retryable ? [code] : []));
  expect(retryable).toEqual(['TOKEN_USED', 'RATE_LIMITED', 'OVERLOADED', 'UNAVAILABLE', 'INTERNAL']);
});

test('each close code is in the table once', () => {
  const codes = Object.values(shared.closeCodes).map((row) => row.code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(shared.closeByCode(4008)).toEqual({ name: 'SLOW_CONSUMER', reconnect: 'yes' });
  expect(shared.closeByCode(1006)).toBeUndefined();
});
