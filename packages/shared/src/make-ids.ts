import { v5, v7 } from 'uuid';

// Apart from the schemas, so that a browser which only makes ids does not carry the validator.

/** A new time-ordered id (UUIDv7). `msecs` lets a test turn the clock. */
export function newId(msecs?: number): string {
  return msecs === undefined ? v7() : v7({ msecs });
}

/** The same from 16 random bytes of the caller's, for who makes very many. */
export function newIdFrom(random: Uint8Array): string {
  return v7({ random });
}

const groupNamespace = 'c2a4f0d8-1e6b-5d39-8a57-94b2e07f6c13';
const forwardNamespace = '3b7d9a64-50c1-5e8f-9a26-4d1c7e0b8f35';
const directNamespace = '6f1e3a52-6f0b-5c57-9d0e-3a0c1b7b5d10';
const systemNamespace = '7d1b2f64-3c0a-5e8d-b6f1-2a94c57e8d03';
const selfNamespace = '0b9d6c1e-8a35-5a0f-b1de-5f1b3a4c7d22';

/**
 * The id of the direct conversation of two users: a UUIDv5 of the sorted pair, so that both sides and every retry compute the
 * same id without a look-up. Takes the ids as they are stored (see {@link userIdSchema} on case).
 */
export function directConversationId(a: string, b: string): string {
  return v5([a, b].sort().join('\n'), directNamespace);
}

/** The id of a user's notes to oneself. */
export function selfConversationId(userId: string): string {
  return v5(userId, selfNamespace);
}

/** The id under which the operator writes. Nobody can register it. */
export const systemUserId = 'system';

/** The id of the conversation in which the operator writes to a user. */
export function systemConversationId(userId: string): string {
  return v5(userId, systemNamespace);
}

/** The id of the group that a user makes under a `clientGroupId` of their own: a retry computes the same. */
export function groupConversationId(creatorId: string, clientGroupId: string): string {
  return v5(`${creatorId}\n${clientGroupId}`, groupNamespace);
}

/** The id of a message that is passed on: a retry of the same forwarding computes the same. */
export function forwardedMessageId(clientForwardId: string, conversationId: string, seq: number): string {
  return v5(`${clientForwardId}\n${conversationId}\n${seq}`, forwardNamespace);
}
