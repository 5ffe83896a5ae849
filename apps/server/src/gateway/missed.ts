import type { DoorbellHeads } from '@nexo/db';
import type { FanOut } from './fan-out.ts';
import type { Hub } from './hub.ts';

/** What knows what was dispatched here. */
interface Dispatched {
  hub: Hub;
  fanOut: FanOut;
}

/** Whether something of this doorbell has not been dispatched although somebody here listens. */
export function isMissed({ hub, fanOut }: Dispatched, heads: DoorbellHeads): boolean {
  return (
    heads.revoked?.some(({ sessionIds }) => sessionIds.some((id) => !hub.isRevoked(id))) === true ||
    heads.reads?.some((event) => fanOut.isMissedRead(event)) === true ||
    heads.conversations.some(({ id, to }) => hub.conversation(id)?.isBehind(to)) ||
    heads.users.some(({ id, change }) => {
      const user = hub.user(id);
      // Who is connected and does not listen has no cursor; the change may be the end of their session.
      return user !== undefined && (user.stream === undefined || user.stream.isBehind(change));
    })
  );
}

/** Makes up for what is missing of this doorbell. `recheck` looks again whether the sessions of a user still hold. */
export function repairMissed({ hub, fanOut }: Dispatched, heads: DoorbellHeads, recheck: (userId: string) => void): void {
  for (const { userId, sessionIds, close } of heads.revoked ?? []) hub.revoke(userId, sessionIds, close);
  for (const { id, to } of heads.conversations) {
    const stream = hub.conversation(id);
    if (stream?.isBehind(to)) stream.repair(to);
  }
  // After the conversations: what they miss may be that somebody left, who is to hear of no reading any more.
  for (const event of heads.reads ?? []) fanOut.hearRead(event);
  for (const { id, change } of heads.users) {
    const user = hub.user(id);
    if (user !== undefined && user.stream === undefined) recheck(id);
    else if (user?.stream?.isBehind(change)) user.stream.repair(change);
  }
}
