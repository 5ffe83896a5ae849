import { type BusMessage, type EventStreams, type Log, type RequestContext, type Services, toAppError } from '@nexo/api';
import { KnownConversations, Lane } from '@nexo/api/testing';
import type { Sql } from '@nexo/db';
import {
  AppError,
  type ClearInput,
  type CreateGroupInput,
  type EditMessageInput,
  type InviteInput,
  type MuteMemberInput,
  type PinMessageInput,
  type ReactInput,
  type RemoveMessagesInput,
  type RevokeMessageInput,
  type SendMessageInput,
} from '@nexo/shared';
import { DoorbellTail } from '../../src/bus/doorbell-tail.ts';
import { Batch } from '../../src/gateway/batch.ts';
import { EventStream } from '../../src/gateway/event-stream.ts';
import { FanOut } from '../../src/gateway/fan-out.ts';
import { Flusher } from '../../src/gateway/flusher.ts';
import { Hub } from '../../src/gateway/hub.ts';
import { Memberships } from '../../src/gateway/memberships.ts';
import { isMissed, repairMissed } from '../../src/gateway/missed.ts';
import { Positions } from '../../src/gateway/positions.ts';
import { makeCounters } from '../../src/telemetry/counters.ts';
import type { Accounts } from './accounts.ts';
import type { Link } from './link.ts';
import type { BusMedium, ModelBus } from './model-bus.ts';
import type { ModelDatabase, Rows } from './model-database.ts';
import { clearConversation, editMessage, pinMessage, reactToMessage, removeMessages, revokeMessage } from './model-life.ts';
import { changes, listCursors, listMessages, readEvents, resume, snapshot, viewOf } from './model-reads.ts';
import { commitSends } from './model-sends.ts';
import type { VerbContext } from './model-transact.ts';
import { createGroup, inviteMembers, leaveGroup, markRead, muteMember, openDirect } from './model-verbs.ts';
import { NodeConnection } from './node-connection.ts';
import type { Random } from './random.ts';
import type { Actor, Scheduler } from './scheduler.ts';

/** Times that are shorter than in production, so that a story need not be long to meet them. */
export interface NodeTiming {
  tailEveryMs: number;
  graceMs: number;
  keepMs: number;
  holdMs: number;
  positionsEveryMs: number;
  pingEveryMs: number;
}

export interface NodeOptions {
  name: string;
  scheduler: Scheduler;
  database: ModelDatabase;
  medium: BusMedium;
  accounts: Accounts;
  random: Random;
  timing: NodeTiming;
  newId(): string;
  /** Added to the true time by its clock. */
  clockErrorMs(): number;
}

const laneCount = 2;

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * One process of the server, from its start to its end: the real lanes, streams, hub, queues and tail over the model database
 * and the model bus.
 */
export class SimulatedNode {
  readonly name: string;
  readonly actor: Actor;
  readonly hub = new Hub();
  readonly connections = new Set<NodeConnection>();
  readonly memberships: Memberships;
  readonly flusher = new Flusher();
  readonly emptyBatch = Batch.empty();
  readonly services: Services;
  readonly #options: NodeOptions;
  readonly #bus: ModelBus;
  readonly #positions: Positions;
  readonly #tail: DoorbellTail;
  readonly #lanes: Lane[];
  readonly #context: VerbContext;
  isReady = false;

  constructor(options: NodeOptions) {
    const { scheduler, database, timing, name } = options;
    this.#options = options;
    this.name = name;
    this.actor = scheduler.actor(name);
    const { actor } = this;
    const read = <T>(what: string, work: (rows: Rows) => T) => database.read(actor, name, what, work);
    this.#bus = options.medium.bus(actor, name);
    this.#positions = new Positions({ everyMs: timing.positionsEveryMs, random: options.random });
    this.memberships = new Memberships({
      hub: this.hub,
      positions: this.#positions,
      listCursors: (userId) => read('cursors', (rows) => listCursors(rows, userId)),
      readEvents: (id, since) => read('events', (rows) => readEvents(rows, id, since)),
      missedUserChange: () => {},
      log: silent,
      holdMs: timing.holdMs,
    });
    const fanOut = new FanOut({ hub: this.hub, log: silent, counters: makeCounters() });
    this.#bus.subscribe((messages) => fanOut.hear(messages));
    this.#tail = new DoorbellTail({
      sql: tailSql(database, actor, name),
      isMissed: (heads) => isMissed({ hub: this.hub, fanOut }, heads),
      repair: (heads) => repairMissed({ hub: this.hub, fanOut }, heads, () => {}),
      lost: () => this.memberships.distrustAll(),
      log: silent,
      everyMs: () => timing.tailEveryMs,
      graceMs: timing.graceMs,
      keepMs: timing.keepMs,
    });
    const publish = (messages: readonly BusMessage[]) => this.#bus.publish(messages);
    const now = () => Math.floor(scheduler.nowMs + options.clockErrorMs());
    this.#context = { actor, node: name, database, now, newId: options.newId, publish };
    this.#lanes = Array.from({ length: laneCount }, () => {
      const known = new KnownConversations();
      return new Lane(async (sends, locks) => {
        const { outcomes, told } = await commitSends(this.#context, known, sends, locks);
        if (told.length > 0) publish(told);
        return outcomes;
      });
    });
    const { hub, memberships } = this;
    // Presence is approximate by promise, and no part of the story.
    const streams: EventStreams = {
      open: (session, signal) => new EventStream(session, { hub, memberships, presence: { forget() {} } }, signal),
      setAppState() {},
      watchPresence: async () => [],
      isMember: (userId, conversationId) => hub.isMember(userId, conversationId),
    };
    // What else is in the bag belongs to the database's side, for which the model stands.
    this.services = { streams, log: silent, newId: options.newId } as unknown as Services;
  }

  async start(): Promise<void> {
    await this.#tail.start();
    this.isReady = true;
  }

  /** Takes a socket that somebody opened. */
  accept(link: Link): void {
    const connection = new NodeConnection(this, link, {
      pingEveryMs: this.#options.timing.pingEveryMs,
      random: this.#options.random,
      accounts: this.#options.accounts,
    });
    this.connections.add(connection);
    link.ws.once('close', () => this.connections.delete(connection));
  }

  askToLeave(): void {
    for (const connection of this.connections) connection.askToReconnect();
  }

  async close(): Promise<void> {
    this.isReady = false;
    for (const connection of [...this.connections]) connection.close('GOING_AWAY');
    await Promise.all(this.#lanes.map((lane) => lane.idle()));
    this.#positions.close();
    await this.#bus.close();
    await this.#tail.stop();
  }

  /** Gone from one moment to the next. */
  kill(isHeard: boolean): void {
    this.actor.isDead = true;
    this.isReady = false;
    void this.#bus.close();
    for (const connection of this.connections) connection.link.vanishNode(isHeard);
  }

  /** A call of a user, over a socket or HTTP. Throws what the verb throws. */
  call(userId: string, path: string, input: unknown): Promise<unknown> {
    const { database } = this.#options;
    const ctx = this.#context;
    const read = <T>(work: (rows: Rows) => T) => database.read(this.actor, this.name, path, work);
    const { epoch } = database;
    const named = input as { conversationId: string };
    switch (path) {
      case 'messages.send':
        return this.#send(userId, input as SendMessageInput);
      case 'messages.list':
        return read((rows) => listMessages(rows, userId, input as Parameters<typeof listMessages>[2]));
      case 'messages.get': {
        const { conversationId, seqs } = input as { conversationId: string; seqs: number[] };
        return read((rows) => ({
          items: listMessages(rows, userId, { conversationId, limit: Number.MAX_SAFE_INTEGER }).items.filter(({ seq }) =>
            seqs.includes(seq),
          ),
        }));
      }
      case 'messages.edit':
        return editMessage(ctx, userId, input as EditMessageInput);
      case 'messages.revoke':
        return revokeMessage(ctx, userId, input as RevokeMessageInput);
      case 'messages.react':
        return reactToMessage(ctx, userId, input as ReactInput);
      case 'messages.pin':
        return pinMessage(ctx, userId, input as PinMessageInput);
      case 'messages.remove':
        return removeMessages(ctx, userId, input as RemoveMessagesInput);
      case 'messages.typing':
        return this.#typing(userId, input as { conversationId: string; typing: boolean });
      case 'conversations.openDirect':
        return openDirect(ctx, userId, (input as { userId: string }).userId);
      case 'conversations.get':
        return read((rows) => viewOf(rows, named.conversationId, userId) ?? notFound());
      case 'conversations.markRead': {
        const { conversationId, seq } = input as { conversationId: string; seq: number };
        return markRead(ctx, userId, conversationId, seq);
      }
      case 'groups.create':
        return createGroup(ctx, userId, input as CreateGroupInput & { clientGroupId: string });
      case 'conversations.clear':
        return clearConversation(ctx, userId, input as ClearInput);
      case 'groups.muteMember':
        return muteMember(ctx, userId, input as MuteMemberInput);
      case 'groups.leave':
        return leaveGroup(ctx, userId, named.conversationId);
      case 'groups.invite': {
        const { conversationId, userIds } = input as InviteInput;
        return inviteMembers(ctx, userId, conversationId, userIds);
      }
      case 'sync.snapshot':
        return read((rows) => snapshot(rows, epoch, userId, (input ?? {}) as Parameters<typeof snapshot>[3], ctx.now()));
      case 'sync.resume':
        return read((rows) => resume(rows, epoch, userId, input as Parameters<typeof resume>[3], ctx.now()));
      case 'sync.changes': {
        const { conversationId, since } = input as { conversationId: string; since: number };
        return read((rows) => changes(rows, userId, conversationId, since));
      }
      case 'presence.setAppState':
        return Promise.resolve();
      case 'presence.subscribe':
        return Promise.resolve({ items: [] });
      case 'users.get':
        return read((rows) => ({
          items: (input as { userIds: string[] }).userIds.flatMap((id) => rows.get(`user ${id}`) ?? []),
        }));
      default:
        return Promise.reject(new AppError('UNKNOWN_PROCEDURE', { message: path }));
    }
  }

  /** A call over HTTP, with the answer in tRPC's form. */
  async http(path: string, token: string | undefined, input: unknown): Promise<{ status: number; body: unknown }> {
    const { accounts } = this.#options;
    try {
      if (path === 'auth.login') return answer(accounts.login(input as { userId: string }));
      if (path === 'auth.refresh') return answer(accounts.refresh((input as { refreshToken?: string }).refreshToken));
      const session = accounts.find(token);
      if (session === undefined) throw new AppError('UNAUTHENTICATED');
      return answer(await this.call(session.userId, path, input));
    } catch (error) {
      const refusal = toAppError(error);
      const code = refusal.code === 'UNAUTHENTICATED' ? 'UNAUTHORIZED' : 'BAD_REQUEST';
      const data = { code, httpStatus: 400, path, nexo: refusal.toData() };
      return { status: 400, body: { error: { message: refusal.message, code: -32600, data } } };
    }
  }

  contextOf(session: RequestContext['session']): RequestContext {
    return { ...this.services, session, address: 'somewhere', cookies: null };
  }

  #send(userId: string, input: SendMessageInput): Promise<unknown> {
    const lane = this.#lanes[Number.parseInt(input.conversationId.slice(-8), 16) % laneCount];
    return lane === undefined ? Promise.reject(new AppError('INTERNAL')) : lane.send({ senderId: userId, input });
  }

  async #typing(userId: string, { conversationId, typing }: { conversationId: string; typing: boolean }): Promise<void> {
    const { database } = this.#options;
    const cursors = await database.read(this.actor, this.name, 'access', (rows) => listCursors(rows, userId));
    if (!cursors.conversations.some(({ id }) => id === conversationId)) notFound();
    this.#bus.publish([{ kind: 'signal', signal: { type: 'typing', conversationId, userId, typing } }]);
  }
}

function answer(data: unknown): { status: number; body: unknown } {
  return { status: 200, body: { result: { data } } };
}

function notFound(): never {
  throw new AppError('NOT_FOUND');
}

/** The two statements of the tail. */
function tailSql(database: ModelDatabase, actor: Actor, node: string): Sql {
  const sql = (parts: TemplateStringsArray, since?: string) => {
    if (!parts.join().includes('left join doorbells'))
      return database.read(actor, node, 'xmin', () => [{ xmin: String(database.xmin()) }]);
    return database.read(actor, node, 'tail', () => {
      const xmin = String(database.xmin());
      const rows = database.doorbells.filter(({ xid }) => xid >= Number(since)).sort((a, b) => a.id - b.id);
      if (rows.length === 0) return [{ xmin, id: null, heads: null }];
      return rows.map(({ id, heads }) => ({ xmin, id, heads }));
    });
  };
  return sql as unknown as Sql;
}
