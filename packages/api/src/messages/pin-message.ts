import { AppError, type ConversationEvent, limits, type PinMessageInput, type PinView, refusePin } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { insistOn, onMessage } from './lock-message.ts';
import { readPins, writePins } from './pins.ts';

/**
 * Pins a message for everybody in the conversation, or takes the pin away. What is as it should be stays as it is and tells nobody.
 * Throws NOT_FOUND, FORBIDDEN (by role), NOT_REACHABLE, CONTACTS_ONLY, BLOCKED_BY_YOU, MESSAGE_REVOKED, LIMIT_REACHED, RATE_LIMITED.
 */
export async function pinMessage(ctx: UserContext, input: PinMessageInput): Promise<{ pins: PinView[] }> {
  return onMessage(ctx, input, 'send', async (tx, { head, message, actor }) => {
    insistOn(refusePin(actor, message));
    const { conversationId } = head;
    const { seq } = message;
    const before = await readPins(tx.sql, conversationId);
    if (before.some((pin) => pin.seq === seq) === input.pinned) return { pins: before };
    if (input.pinned && before.length >= limits.pinsMax) {
      throw new AppError('LIMIT_REACHED', { message: `${limits.pinsMax} messages can be pinned here`, field: 'pinned' });
    }
    head.change += 1;
    const { change } = head;
    const pin: PinView = { seq, pinnedBy: actor.userId, pinnedAt: ctx.clock.now(), change };
    const pins = input.pinned ? [...before, pin].sort((a, b) => a.seq - b.seq) : before.filter((other) => other.seq !== seq);
    await writePins(tx.sql, conversationId, pins, change);
    await tx.moveHead(head);
    const event: ConversationEvent = input.pinned
      ? { type: 'message.pinned', conversationId, change, pin }
      : { type: 'message.unpinned', conversationId, change, seq, userId: actor.userId };
    tx.tell({ kind: 'conversation', conversationId, from: change, to: change, events: [event] });
    return { pins };
  });
}
