/** What the processes of the baselines are told and answer. */
export interface NakedCommand {
  databaseUrl: string;
  pairs: { a: string; b: string; conversationId: string }[];
}

export type BroadcastKind = 'plain' | 'gathered' | 'stock';

export interface BroadcastCommand {
  kind: BroadcastKind;
  sockets: number;
  messageBytes: number;
  seconds: number;
}

export type BaselineMessage =
  | { type: 'listening'; port: number }
  /** Frames that the server has written. */
  | { type: 'broadcasted'; frames: number };

export interface ReceiversCommand {
  port: number;
  sockets: number;
  /** Whether a tRPC subscription has to be opened. */
  subscribe: boolean;
}

export type ReceiversMessage = { type: 'connected' } | { type: 'received'; frames: number; seconds: number };
