import { expect, test } from 'vitest';
import { defaultMessageRules, type MessageActor, refuseEdit, refusePin, refuseReaction, refuseRevoke } from './message-rules.ts';

const said = { senderId: 'system', sentAt: 0, content: { type: 'text', text: 'News' } } as const;
const reader: MessageActor = { userId: 'ana', role: 'member', present: true, kind: 'system' };

test('who only reads a conversation does nothing to what is said in it, and is told why', () => {
  const refusals = (actor: MessageActor) => [
    refuseReaction(actor, said),
    refusePin(actor, said),
    refuseEdit(actor, { ...said, senderId: actor.userId }, defaultMessageRules, 0),
    refuseRevoke(actor, { ...said, senderId: actor.userId }, defaultMessageRules, 0),
  ];
  const only = { code: 'FORBIDDEN', reason: 'Only the operator writes here.' };
  expect(refusals({ ...reader, readOnly: true })).toEqual([only, only, only, only]);
  expect(refusals(reader)).toEqual([null, null, null, null]);
});
