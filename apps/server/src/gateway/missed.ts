import type { DoorbellHeads } from '@nexo/db';
import type { Hub } from './hub.ts';

/** Whether a change of these heads has not been dispatched although somebody here listens. */
export function isMissed(hub: Hub, heads: DoorbellHeads): boolean {
  return (
    heads.conversations.some(({ id, to }) => hub.conversation(id)?.isBehind(to)) ||
    heads.users.some(({ id, change }) => {
      const user = hub.user(id);
      // Who is connected and does not listen has no cursor; the change may be the end of their session.
      return user !== undefined && (user.stream === undefined || user.stream.isBehind(change));
    })
  );
}

/** Fetches what is missing of these heads. `recheck` looks again whether the sessions of a user still hold. */
export function repairMissed(hub: Hub, heads: DoorbellHeads, recheck: (userId: string) => void): void {
  for (const { id, to } of heads.conversations) {
    const stream = hub.conversation(id);
    if (stream?.isBehind(to)) stream.repair(to);
  }
  for (const { id, change } of heads.users) {
    const user = hub.user(id);
    if (user !== undefined && user.stream === undefined) recheck(id);
    else if (user?.stream?.isBehind(change)) user.stream.repair(change);
  }
}
