/** Many sockets that mostly do nothing. */
export interface CrowdPlan {
  port: number;
  users: readonly { accessToken: string }[];
  /** Number of the first user within the whole crowd: for the address to come from. */
  from: number;
  /** By user, the conversation in which something is said while everybody is away; undefined: none. */
  conversations?: readonly string[];
  connectAtOnce: number;
}

export type CrowdCommand =
  | { type: 'plan'; plan: CrowdPlan }
  | { type: 'connect' }
  /** Reads epoch and cursors, as an app has them in its store. */
  | { type: 'remember' }
  /** Cuts every socket at this moment of the shared clock; everybody comes back as the engine does, until `giveUpMs` after. */
  | { type: 'storm'; atMs: number; giveUpMs: number }
  | { type: 'count' };

export type CrowdMessage =
  | { type: 'connected'; seconds: number; open: number }
  | { type: 'remembered' }
  | { type: 'stormed'; result: StormResult }
  | { type: 'counted'; open: number };

export interface StormResult {
  /** By user: milliseconds from the cut until it had everything; -1 for who never had. */
  caughtUpMs: number[];
  /** By user: until the socket was open and listening. */
  connectedMs: number[];
  /** Who had to begin anew, with a snapshot or the whole of a conversation. */
  coldSyncs: number;
  /** Attempts that ended without a socket. */
  failedAttempts: number;
  /** Messages applied twice, or out of their place. */
  wrong: string[];
}
