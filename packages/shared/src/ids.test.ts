import fc from 'fast-check';
import { expect, test } from 'vitest';
import { userIdSchema, uuidSchema } from './ids.ts';
import { directConversationId, groupConversationId, newId, selfConversationId } from './make-ids.ts';

const characters = [...'abcXYZ019._@-'];
const anyUserId = fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 64 });

test('both sides of a direct conversation compute the same id, and no other pair does', () => {
  fc.assert(
    fc.property(anyUserId, anyUserId, anyUserId, anyUserId, (a, b, c, d) => {
      expect(directConversationId(a, b)).toBe(directConversationId(b, a));
      const samePair = (a === c && b === d) || (a === d && b === c);
      expect(directConversationId(a, b) === directConversationId(c, d)).toBe(samePair);
    }),
  );
});

test('the ids that are computed never change: they are stored', () => {
  expect(directConversationId('alice', 'bob')).toBe('d8faf346-177a-53ac-a42e-37e5fc9bef53');
  expect(selfConversationId('alice')).toBe('4e7e434f-5b18-5e36-8461-8e3b53214725');
  expect(groupConversationId('alice', '01890a5d-ac96-774b-bcce-b302099a8057')).toBe('821f5ff6-02d5-5b1e-adc0-0e440c12db5b');
});

test('kinds of conversation never meet in one id', () => {
  fc.assert(
    fc.property(anyUserId, anyUserId, (a, b) => {
      const ids = [
        directConversationId(a, b),
        directConversationId(a, a),
        selfConversationId(a),
        groupConversationId(a, newId()),
      ];
      expect(new Set(ids).size).toBe(a === b ? 3 : 4);
    }),
  );
});

test('new ids are UUIDs in the order of their time', () => {
  const ids = [1, 2, 1_000_000, 1_800_000_000_000].map((msecs) => newId(msecs));
  expect(ids).toEqual([...ids].sort());
  for (const id of [...ids, newId(), directConversationId('a', 'b')]) expect(uuidSchema.safeParse(id).success).toBe(true);
});

test.each(['', 'a b', 'a/b', 'ä', 'a\n', 'x'.repeat(65), 'a\u0000'])('%j is no user id', (id) => {
  expect(userIdSchema.safeParse(id).success).toBe(false);
});

test.each([
  '',
  'x',
  '01890A5D-AC96-774B-BCCE-B302099A8057',
  '01890a5dac96774bbcceb302099a8057',
  '01890a5d-ac96-774b-bcce-b302099a8057\n',
])('%j is no UUID of ours', (id) => {
  expect(uuidSchema.safeParse(id).success).toBe(false);
});
