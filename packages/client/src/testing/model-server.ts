import {
  AppError,
  type ConversationView,
  type ErrorCode,
  type ListMessagesInput,
  limits,
  type MeEvent,
  type MessageView,
  newId,
  type PresenceView,
  type ResumeInput,
  type SendMessageInput,
  type StreamItem,
  type UpdateConversationInput,
} from '@nexo/shared';
import type { ModelData, ModelSession } from './model-data.ts';
import { type ModelSizes, makeModelReads } from './model-reads.ts';
import { makeModelSessions } from './model-sessions.ts';
import { makeModelVerbs } from './model-verbs.ts';
import type { ServerEnd, SocketPair } from './socket-pair.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Connected {
  socket: SocketPair;
  session: ModelSession | null;
  subscriptionId: number | null;
  /** What moved since the last note of positions. */
  moved: Set<string>;
}

export interface ModelServer {
  /** The other end of a socket that was opened. */
  connect(socket: SocketPair): ServerEnd;
  http(url: string, init: RequestInit | undefined): { status: number; body: unknown };
  /** Sends what moved to everybody, as the gateway does every `limits.positionsEveryMs`. */
  tellPositions(): void;
  /** Everybody is asked to go to another node. */
  askToLeave(): void;
  /** Keeps a copy of everything but the sessions. */
  backup(): void;
  /** Puts the last copy in place (at first: that of an empty server), as a new epoch. Every socket is closed. */
  restore(): void;
  /** Does something before a call is answered: throw to refuse, or return 'silent' to never answer after it was done. */
  intercept: ((path: string, userId: string, input: unknown) => 'silent' | undefined) | null;
  /** Makes another answer of a socket's answer, as a newer server might give it. */
  alter: ((path: string, data: unknown) => unknown) | null;
  /** How much one answer carries. */
  readonly sizes: ModelSizes;
  /** A person's conversations as a fresh client would see them. */
  viewsOf(userId: string): ConversationView[];
  messagesOf(conversationId: string): readonly MessageView[];
  /** What a person may read of a conversation, as they see it. */
  visibleTo(userId: string, conversationId: string): readonly MessageView[];
  /** Ends every session of a person. */
  revoke(userId: string, closeCode: number): void;
  /** An access token stops being good. */
  expireTokens(): void;
  /** Puts these items on the wire of a person, as they are. */
  push(userId: string, items: unknown[]): void;
  addMember(conversationId: string, userId: string): void;
}

/** A server in memory that keeps the promises of the real one: what the engine's tests measure it by. */
export function makeModelServer(time: VirtualTime): ModelServer {
  const data: ModelData = {
    ...{ time, users: new Map(), sessions: new Set() },
    ...{ userChanges: new Map(), conversations: new Map(), epoch: newId() },
  };
  const sockets = new Set<Connected>();
  const sizes = {
    ...{ changesMax: limits.changesMax, pageMax: limits.latestPageMessages },
    ...{ addedMax: limits.resumeMaxAdded, repairsMax: Number.POSITIVE_INFINITY },
  };
  const sessions = makeModelSessions(data);
  const reads = makeModelReads(data, sizes);
  const verbs = makeModelVerbs(data, reads, tellUser);
  let copy = copyOf(data);

  const server: ModelServer = {
    intercept: null,
    alter: null,
    sizes,
    connect(socket) {
      const connected: Connected = { socket, session: null, subscriptionId: null, moved: new Set() };
      sockets.add(connected);
      return { received: (text) => receive(connected, text), closed: () => sockets.delete(connected) };
    },
    http(url, init) {
      const path = new URL(url).pathname.replace('/trpc/', '');
      const token = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '');
      const session = sessions.find(token);
      const encoded = new URL(url).searchParams.get('input');
      const input: unknown =
        typeof init?.body === 'string' ? JSON.parse(init.body) : encoded === null ? undefined : JSON.parse(encoded);
      try {
        return { status: 200, body: { result: { data: perform(path, session, input) } } };
      } catch (error) {
        return { status: 400, body: { error: errorShape(error, path) } };
      }
    },
    tellPositions() {
      for (const connected of sockets) {
        if (connected.session === null || connected.subscriptionId === null) continue;
        const { userId } = connected.session;
        const moved = [...connected.moved].flatMap((id) => {
          const conversation = data.conversations.get(id);
          const member = conversation?.members.get(userId);
          if (conversation === undefined || member === undefined) return [];
          return [{ id, change: reads.headOf(conversation, member).change }];
        });
        connected.moved.clear();
        write(connected, [{ type: 'positions', userChange: data.userChanges.get(userId) ?? 0, conversations: moved }]);
      }
    },
    askToLeave() {
      for (const { socket } of sockets) socket.toClient.push('{"id":null,"method":"reconnect"}');
    },
    backup() {
      copy = copyOf(data);
    },
    restore() {
      Object.assign(data, copyOf(copy), { epoch: newId() });
      for (const { socket } of [...sockets]) socket.cut(1001);
    },
    viewsOf: reads.viewsOf,
    visibleTo(userId, conversationId) {
      const { conversation, member } = reads.accessOf(userId, conversationId);
      return reads.visibleOf(conversation, member);
    },
    messagesOf: (id) => data.conversations.get(id)?.messages ?? [],
    revoke(userId, closeCode) {
      for (const session of data.sessions) if (session.userId === userId) data.sessions.delete(session);
      for (const connected of [...sockets]) if (connected.session?.userId === userId) connected.socket.cut(closeCode);
    },
    expireTokens() {
      sessions.expireTokens();
      for (const connected of [...sockets]) connected.socket.cut(4001);
    },
    push(userId, items) {
      for (const connected of sockets) {
        if (connected.session?.userId === userId) write(connected, items as StreamItem[]);
      }
    },
    addMember(conversationId, userId) {
      const conversation = data.conversations.get(conversationId);
      if (conversation === undefined) throw new AppError('NOT_FOUND');
      verbs.join(conversation, userId);
    },
  };

  function receive(connected: Connected, text: string): void {
    if (text === 'PING') connected.socket.toClient.push('PONG');
    if (text === 'PING' || text === 'PONG') return;
    const frame = JSON.parse(text) as {
      id: number;
      method: string;
      data?: { token?: string };
      params: { path: string; input: unknown };
    };
    if (frame.method === 'connectionParams') {
      connected.session = sessions.find(frame.data?.token) ?? null;
      if (connected.session === null) connected.socket.cut(4001);
    } else if (frame.method === 'subscription') {
      connected.subscriptionId = frame.id;
      connected.socket.toClient.push(JSON.stringify({ id: frame.id, result: { type: 'started' } }));
    } else if (frame.method === 'query' || frame.method === 'mutation') {
      answer(connected, frame.id, frame.params.path, frame.params.input);
    }
  }

  function answer(connected: Connected, id: number, path: string, input: unknown): void {
    try {
      const session = connected.session ?? undefined;
      const fate = server.intercept?.(path, session?.userId ?? '', input);
      const made = perform(path, session, input);
      const told = server.alter === null ? made : server.alter(path, made);
      if (fate !== 'silent') connected.socket.toClient.push(JSON.stringify({ id, result: { type: 'data', data: told } }));
    } catch (error) {
      connected.socket.toClient.push(JSON.stringify({ id, error: errorShape(error, path) }));
    }
  }

  function perform(path: string, session: ModelSession | undefined, input: unknown): unknown {
    if (path === 'auth.register') return sessions.register(input as { userId: string; displayName: string });
    if (path === 'auth.login') return sessions.signIn((input as { userId: string }).userId);
    if (path === 'auth.refresh') return sessions.refresh((input as { refreshToken?: string }).refreshToken);
    if (session === undefined) throw new AppError('UNAUTHENTICATED');
    const { userId } = session;
    switch (path) {
      case 'auth.logout':
        data.sessions.delete(session);
        return undefined;
      case 'sync.snapshot':
        return reads.snapshot(userId, input as { cursor?: string; limit: number });
      case 'sync.resume':
        return reads.resume(userId, input as ResumeInput);
      case 'sync.changes': {
        const { conversationId, since } = input as { conversationId: string; since: number };
        return reads.repairOf(userId, conversationId, since);
      }
      case 'messages.send':
        return verbs.send(userId, input as SendMessageInput);
      case 'messages.edit':
        return verbs.edit(userId, input as Parameters<typeof verbs.edit>[1]);
      case 'messages.revoke':
        return verbs.revoke(userId, input as Parameters<typeof verbs.revoke>[1]);
      case 'messages.react':
        return verbs.react(userId, input as Parameters<typeof verbs.react>[1]);
      case 'messages.pin':
        return verbs.pin(userId, input as Parameters<typeof verbs.pin>[1]);
      case 'messages.remove':
        return verbs.remove(userId, input as Parameters<typeof verbs.remove>[1]);
      case 'messages.get':
        return { items: reads.get(userId, input as { conversationId: string; seqs: number[] }) };
      case 'messages.list':
        return reads.list(userId, input as ListMessagesInput);
      case 'messages.typing': {
        const { conversationId, typing } = input as { conversationId: string; typing: boolean };
        for (const member of reads.accessOf(userId, conversationId).conversation.members.keys()) {
          if (member !== userId) tellUser(member, { type: 'typing', conversationId, userId, typing });
        }
        return undefined;
      }
      case 'presence.subscribe': {
        const here = new Set([...sockets].map((connected) => connected.session?.userId));
        return { items: (input as { userIds: string[] }).userIds.map((id) => presenceOf(id, here.has(id))) };
      }
      case 'presence.setAppState':
        return undefined;
      case 'conversations.openDirect':
        return verbs.openDirect(userId, (input as { userId: string }).userId);
      case 'conversations.get':
        return reads.viewOf(reads.accessOf(userId, (input as { conversationId: string }).conversationId).conversation, userId);
      case 'conversations.markRead': {
        const { conversationId, seq } = input as { conversationId: string; seq: number };
        return verbs.markRead(userId, conversationId, seq);
      }
      case 'conversations.update':
        return verbs.update(userId, input as UpdateConversationInput);
      case 'conversations.clear': {
        const { conversationId, upToSeq } = input as { conversationId: string; upToSeq: number };
        return verbs.clear(userId, conversationId, upToSeq);
      }
      case 'groups.create':
        return verbs.createGroup(userId, input as { name: string; memberIds: string[] });
      case 'groups.leave':
        return verbs.leave(userId, (input as { conversationId: string }).conversationId);
      case 'users.update':
        return verbs.updateUser(userId, input as { displayName: string });
      case 'users.get': {
        const items = (input as { userIds: string[] }).userIds.flatMap((id) => data.users.get(id) ?? []);
        return { items, nextCursor: null };
      }
      default:
        throw new AppError('UNKNOWN_PROCEDURE');
    }
  }

  function tellUser(userId: string, item: StreamItem | MeEvent): void {
    for (const connected of sockets) {
      if (connected.session?.userId !== userId || connected.subscriptionId === null) continue;
      if ('conversationId' in item) connected.moved.add(item.conversationId);
      write(connected, [item]);
    }
  }

  function write(connected: Connected, items: StreamItem[]): void {
    const frame = JSON.stringify({ id: connected.subscriptionId, result: { type: 'data', data: items } });
    connected.socket.toClient.push(frame);
  }

  return server;
}

function presenceOf(userId: string, isHere: boolean): PresenceView {
  return isHere ? { userId, status: 'online', platforms: ['server'] } : { userId, status: 'offline', platforms: [] };
}

type Backup = Pick<ModelData, 'conversations' | 'userChanges'>;

function copyOf({ conversations, userChanges }: Backup): Backup {
  return structuredClone({ conversations, userChanges });
}

const trpcCodes: Partial<Record<ErrorCode, string>> = { UNAUTHENTICATED: 'UNAUTHORIZED', WRONG_CREDENTIALS: 'UNAUTHORIZED' };

function errorShape(error: unknown, path: string) {
  const refusal = error instanceof AppError ? error : new AppError('INTERNAL', { cause: error });
  const code = trpcCodes[refusal.code] ?? 'BAD_REQUEST';
  return { message: refusal.message, code: -32600, data: { code, httpStatus: 400, path, nexo: refusal.toData() } };
}
