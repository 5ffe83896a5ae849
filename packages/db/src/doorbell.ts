import type { CloseName, ConversationRead } from '@nexo/shared';

/** Which heads one commit moved, and what it told beside them. Changes are ranges: `from` is the first new number, `to` the last. */
export interface DoorbellHeads {
  conversations: { id: string; from: number; to: number }[];
  users: { id: string; change: number }[];
  /** Read positions that moved: they have no number by which a node could miss them. */
  reads?: ConversationRead[];
  /** Sessions that ended, with the reason for their sockets. */
  revoked?: { userId: string; sessionIds: string[]; close: CloseName }[];
}
