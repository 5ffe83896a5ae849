import type { MessageView, NexoErrorData } from '@nexo/shared';
import { makeReader, type Reader } from '../wire/reader.ts';
import { connectWire, type WireClient } from '../wire/wire-client.ts';
import { conversationOf, type Plan } from './plan.ts';

/** One user of the plan, online: the socket, the conversation as read so far, and the sends under way. */
export interface Player {
  wire: WireClient;
  reader: Reader;
  /** Sends without an answer yet. */
  outstanding: number;
  /** Sends that wait for an answer to an earlier one, by number; bounded by the schedule. */
  waiting: number[];
  /** The beginning of the JSON of every send, up to the clientMessageId. */
  sendHead: string;
}

export interface PlayerEvents {
  /** A message of the conversation, in its order; `moment` is of `performance.now()`. */
  received(user: number, message: MessageView, moment: number): void;
  /** A frame of live events has been read to its end. */
  frameRead(): void;
  /** The answer to a send, by the id of its request. */
  answered(id: number, result: unknown, error: NexoErrorData | undefined): void;
  closed(user: number, code: number): void;
}

/** Sockets that are being opened at once: all of them together would be a storm of logins that this run does not measure. */
const connectingAtOnce = 25;

/** Connects every user of the plan, in the order of the plan, into `players`. */
export async function connectPlayers(plan: Plan, players: Player[], events: PlayerEvents): Promise<void> {
  for (let from = 0; from < plan.users.length; from += connectingAtOnce) {
    const size = Math.min(connectingAtOnce, plan.users.length - from);
    const connecting = Array.from({ length: size }, (_, i) => connectPlayer(plan, from + i, events));
    players.push(...(await Promise.all(connecting)));
  }
}

async function connectPlayer(plan: Plan, user: number, events: PlayerEvents): Promise<Player> {
  const account = plan.users[user];
  const conversationId = plan.conversations[conversationOf(plan, user)];
  if (account === undefined || conversationId === undefined) throw new Error(`The plan has no user ${user}.`);
  const reader = makeReader(conversationId, (message, moment) => events.received(user, message, moment));
  const wire = await connectWire(plan.port, account.accessToken, {
    items(items) {
      for (const item of items) reader.take(item);
      events.frameRead();
    },
    answered: events.answered,
    closed: (code) => events.closed(user, code),
  });
  await wire.subscribe();
  await reader.begin(wire);
  const input = `{"conversationId":"${conversationId}","clientMessageId":"`;
  const sendHead = `,"method":"mutation","params":{"path":"messages.send","input":${input}`;
  return { wire, reader, outstanding: 0, waiting: [], sendHead };
}

/** Bytes that came in so far, over all sockets. */
export function bytesRead(players: readonly Player[]): number {
  return players.reduce((sum, player) => sum + player.wire.bytesRead(), 0);
}
