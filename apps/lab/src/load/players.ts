import { setTimeout as delay } from 'node:timers/promises';
import type { MessageView, NexoErrorData } from '@nexo/shared';
import { readHeads } from '../wire/catch-up.ts';
import { makeReader, type Reader } from '../wire/reader.ts';
import { connectWire, loopbackAddress, type WireClient } from '../wire/wire-client.ts';
import { type Plan, partOf } from './plan.ts';

/** One user of the plan, online: the socket, the conversations as read so far, and the sends under way. */
export interface Player {
  user: number;
  /** Null while the user is on the way back. */
  wire: WireClient | null;
  /** By conversation, as the wire names it. */
  readers: Map<string, Reader>;
  /** Sends without an answer yet, by number, in the order of sending. */
  unanswered: Set<number>;
  /** Sends that wait for an answer to an earlier one, by number; bounded by the schedule. */
  waiting: number[];
  /** Bytes that came in by sockets which are closed. */
  earlierBytes: number;
}

export interface PlayerEvents {
  /** A message of a conversation, in its order; `moment` is of `performance.now()`. */
  received(user: number, message: MessageView, moment: number): void;
  /** A frame of live events has been read to its end. */
  frameRead(): void;
  /** The answer to a send, by the id of its request. */
  answered(id: number, result: unknown, error: NexoErrorData | undefined): void;
  /** The socket closed, and this user does not come back. */
  closed(user: number, code: number): void;
  /** The socket of a slow reader was closed. */
  slowClosed(): void;
  /** A user who was cut off is back and has caught up. */
  returned(player: Player): void;
}

/** Sockets that are being opened at once: all of them together would be a storm of logins that this run does not measure. */
const connectingAtOnce = 25;
/** Who was cut off comes back after anything up to this. */
const returnMaxMs = 500;
/** A run that cannot come back for this long has failed. */
const returnGiveUpMs = 30_000;

/** Connects the users of the plan that this process plays. Others stay undefined in the list. */
export async function connectPlayers(plan: Plan, players: (Player | undefined)[], events: PlayerEvents): Promise<void> {
  const conversationsOf = conversationsByUser(plan);
  const slow = new Set(plan.slow?.users);
  const mine = plan.users.map((_, user) => user).filter((user) => partOf(user, plan.generators) === plan.part);
  for (let from = 0; from < mine.length; from += connectingAtOnce) {
    const connecting = mine.slice(from, from + connectingAtOnce).map(async (user) => {
      if (slow.has(user)) await connectSlow(plan, user, events);
      else players[user] = await connectPlayer(plan, user, conversationsOf[user] ?? [], events);
    });
    await Promise.all(connecting);
  }
}

function conversationsByUser(plan: Plan): string[][] {
  const lists: string[][] = plan.users.map(() => []);
  for (const { id, members } of plan.conversations) for (const user of members) lists[user]?.push(id);
  return lists;
}

async function connectPlayer(plan: Plan, user: number, conversations: string[], events: PlayerEvents): Promise<Player> {
  const readers = new Map(
    conversations.map((id) => [id, makeReader(id, (message, moment) => events.received(user, message, moment))]),
  );
  const player: Player = { user, wire: null, readers, unanswered: new Set(), waiting: [], earlierBytes: 0 };
  const wire = await connectSocket(plan, player, portOf(plan, user), events);
  const heads = await readHeads(wire, conversations);
  for (const [id, reader] of readers) {
    const head = heads.get(id);
    if (head === undefined) throw new Error(`The snapshot does not have the conversation ${id}.`);
    await reader.begin(wire, head);
  }
  return player;
}

async function connectSocket(plan: Plan, player: Player, port: number, events: PlayerEvents): Promise<WireClient> {
  const { user, readers } = player;
  // The socket may close before it is anybody's.
  let mine: WireClient | null = null;
  const wire = await connectWire(port, tokenOf(plan, user), {
    items(items) {
      for (const item of items) {
        if ('conversationId' in item) readers.get(item.conversationId)?.take(item);
        else if (item.type === 'resync' || item.type === 'positions') for (const reader of readers.values()) reader.take(item);
      }
      events.frameRead();
    },
    answered: events.answered,
    askedToReconnect: () => mine?.close(),
    closed(code) {
      if (mine === null || player.wire !== mine) return;
      player.earlierBytes += mine.bytesRead();
      player.wire = null;
      if (plan.returns === true) void comeBack(plan, player, events);
      else events.closed(user, code);
    },
  });
  mine = wire;
  await wire.subscribe();
  player.wire = wire;
  return wire;
}

/** As behind a load balancer: to whichever node takes the socket, until one does. Then the readers repair what they missed. */
async function comeBack(plan: Plan, player: Player, events: PlayerEvents): Promise<void> {
  const startedAt = performance.now();
  for (let attempt = 1; performance.now() - startedAt < returnGiveUpMs; attempt++) {
    await delay(Math.random() * returnMaxMs);
    try {
      const wire = await connectSocket(plan, player, portOf(plan, player.user + attempt), events);
      for (const reader of player.readers.values()) reader.resume(wire);
      events.returned(player);
      return;
    } catch {
      // This node is the one that is away.
    }
  }
  events.closed(player.user, 0);
}

async function connectSlow(plan: Plan, user: number, events: PlayerEvents): Promise<void> {
  const wire = await connectWire(
    portOf(plan, user),
    tokenOf(plan, user),
    { items() {}, answered() {}, closed: events.slowClosed },
    { bytesPerSecond: plan.slow?.bytesPerSecond ?? 1_024, localAddress: loopbackAddress(user) },
  );
  await wire.subscribe();
}

function tokenOf(plan: Plan, user: number): string {
  const account = plan.users[user];
  if (account === undefined) throw new Error(`The plan has no user ${user}.`);
  return account.accessToken;
}

function portOf(plan: Plan, place: number): number {
  return plan.ports[place % plan.ports.length] ?? 0;
}

/** Bytes that came in so far, over all sockets. */
export function bytesRead(players: readonly (Player | undefined)[]): number {
  return players.reduce((sum, player) => sum + (player?.earlierBytes ?? 0) + (player?.wire?.bytesRead() ?? 0), 0);
}
