import type { PinnedConnection } from '@nexo/db';
import { AppError, type SendMessageInput, type SendMessageResult } from '@nexo/shared';
import type { Bus } from '../bus.ts';
import type { Clock } from '../context.ts';
import { planSettings } from '../plan-settings.ts';
import { commitBatch } from './commit-batch.ts';
import type { SendingWay } from './decide.ts';
import { KnownConversations } from './known-conversations.ts';
import { Lane } from './lane.ts';

/** The serial writers of messages. */
export interface Lanes {
  /**
   * Commits one message with whatever else its lane has waiting, and answers once it is durable. Throws AppError: a refusal of
   * the rules, OVERLOADED, or UNAVAILABLE once it is closed. When the database failed it throws that error as it is: the outcome
   * is unknown, and the same input may be sent again. `bySystem`: without being a member; the conversation must be known to exist.
   */
  send(senderId: string, input: SendMessageInput, how?: SendingWay): Promise<SendMessageResult>;
  /** Refuses new sends and waits until everything taken is answered. */
  close(): Promise<void>;
}

export interface CreateLanesOptions {
  /** One connection for each lane, which belongs to it alone, opened with {@link laneSettings}. About one a core is enough. */
  connections: readonly PinnedConnection[];
  bus: Bus;
  clock: Clock;
  newId(): string;
}

/** Settings for the lanes' connections. */
export const laneSettings = {
  ...planSettings,
  // A verb holds a head for milliseconds. Whoever holds it longer than this must not hold up the other conversations of a lane.
  lock_timeout: '500ms',
  // Nor does a lane itself, when its connection has gone silent with the heads locked.
  transaction_timeout: '5s',
};

/**
 * Makes the lanes of this process. A conversation always takes the same lane here; what another process does in it meanwhile
 * waits at the lock of its head.
 */
export function createLanes(options: CreateLanesOptions): Lanes {
  const lanes = options.connections.map((connection) => {
    const known = new KnownConversations();
    return new Lane(async (sends, locks) => {
      const { outcomes, told } = await commitBatch(connection, sends, known, options.clock, options.newId, locks);
      if (told.length > 0) options.bus.publish(told);
      return outcomes;
    });
  });
  let closed = false;
  return {
    send(senderId, input, how) {
      const lane = lanes[laneOf(input.conversationId, lanes.length)];
      if (closed || lane === undefined) {
        return Promise.reject(new AppError('UNAVAILABLE', { message: 'The server is stopping', retryAfterMs: 1_000 }));
      }
      return lane.send({ senderId, input, ...how });
    },
    async close() {
      closed = true;
      await Promise.all(lanes.map((lane) => lane.idle()));
    },
  };
}

/** By the last digits of the id: the first ones of a time-ordered id are alike for conversations of one day. */
function laneOf(conversationId: string, lanes: number): number {
  return Number.parseInt(conversationId.slice(-8), 16) % lanes;
}
