import type { HeldSession } from '@nexo/api';
import { platformSchema } from '@nexo/shared';

/** Names in Redis. A command never has two of them, so that on a cluster each may be elsewhere. */
export function namesOf(namespace: string) {
  const prefix = `nexo:${namespace}:presence:`;
  return {
    channel: `${prefix}changed`,
    /** The nodes that ever gave a sign of life, until somebody finds that one is gone. */
    nodes: `${prefix}nodes`,
    /** There while the nodes are still telling anew what they hold, because it was lost. */
    settling: `${prefix}settling`,
    user: (userId: string) => `${prefix}user:${userId}`,
    node: (nodeId: string) => `${prefix}node:${nodeId}`,
  };
}

/** The field of a user's hash that says when they were last here; no session has such a name. */
export const lastSeenField = 'lastSeenAt';
/** A field is the node and the session, neither of which has a space. */
export function nodeOf(field: string): string {
  return field.slice(0, field.indexOf(' '));
}

/** A platform of a newer version of us is no session that we could tell of. */
export function sessionOf(field: string, value: string): HeldSession[] {
  const [name, state] = value.split(' ');
  const platform = platformSchema.safeParse(name).data;
  if (platform === undefined) return [];
  return [{ sessionId: field.slice(nodeOf(field).length + 1), platform, foreground: state === 'foreground' }];
}

/** What is written of a session; {@link sessionOf} reads it. */
export function describe({ platform, foreground }: HeldSession, at: number): string {
  return `${platform} ${foreground ? 'foreground' : 'background'} ${at}`;
}

/** Epoch milliseconds by the clock of the node that wrote it. */
export function writtenAt(value: string): number {
  return Number(value.split(' ')[2] ?? 0);
}
