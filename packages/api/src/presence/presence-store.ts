import type { Platform } from '@nexo/shared';

/** One session as the node that it is connected to sees it. */
export interface HeldSession {
  sessionId: string;
  platform: Platform;
  /** Somebody looks at it. */
  foreground: boolean;
}

/** What all nodes together hold of one user. */
export interface HeldPresence {
  sessions: readonly HeldSession[];
  /** When the last connection went (epoch ms), kept for some minutes: until the database surely has it. */
  lastSeenAt?: number;
}

export interface PresenceReading {
  /** Those of whom anything is held. */
  held: ReadonlyMap<string, HeldPresence>;
  /** What is to be thought of everybody else. `unknown`: the store is away, or has lost what it held and is being told anew. */
  others: 'offline' | 'unknown';
}

/** Users of whom something may have changed; `all` when it cannot be said which. */
export type PresenceChange = readonly string[] | 'all';

/**
 * Where the nodes put together who is connected to them. A cache that may vanish at any time: nothing throws, nothing waits for
 * long, and what a node holds counts only as long as the node lives.
 */
export interface PresenceStore {
  /** This node holds these sessions of the user, in place of what it held before. With none left, `lastSeenAt` says since when. */
  hold(userId: string, sessions: readonly HeldSession[], lastSeenAt?: number): void;
  read(userIds: readonly string[]): Promise<PresenceReading>;
  /** Hears of changes on every node, this one included, until the returned function is called. */
  subscribe(listener: (change: PresenceChange) => void): () => void;
  /** Stops. What this node held still counts for a moment, so that its people can go elsewhere without being missed. */
  close(): Promise<void>;
}
