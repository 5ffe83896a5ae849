import type { Tx } from '../transact.ts';
import { tellMembers } from './tell-members.ts';

/** Counts and tells each of these members, in all their sessions, that the conversation is theirs now. */
export function tellJoined(tx: Tx, conversationId: string, userIds: readonly string[]): Promise<void> {
  return tellMembers(tx, conversationId, { joined: userIds });
}
