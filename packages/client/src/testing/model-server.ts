import {
  AppError,
  type AuthResult,
  type ConversationEvent,
  type ConversationRepair,
  type ConversationView,
  directConversationId,
  type ErrorCode,
  type ListMessagesInput,
  type ListMessagesResult,
  limits,
  type MeEvent,
  type MessageContent,
  type MessageView,
  type MyMembership,
  newId,
  type ResumeInput,
  type SendMessageInput,
  type StreamItem,
  selfConversationId,
  type UserView,
} from '@nexo/shared';
import type { ServerEnd, SocketPair } from './socket-pair.ts';
import type { VirtualTime } from './virtual-time.ts';

interface ModelMember {
  role: 'owner' | 'member';
  readSeq: number;
  readCountable: number;
  visible: { from: number; to: number | null }[];
  userChange: number;
  joinedAt: number;
  hiddenSeq?: number;
  leftAt?: number;
  leftChange: number;
}

interface ModelConversation {
  id: string;
  kind: 'direct' | 'group' | 'self';
  name: string;
  groupChange: number;
  change: number;
  countable: number;
  messages: MessageView[];
  members: Map<string, ModelMember>;
  createdAt: number;
}

interface ModelSession {
  id: string;
  userId: string;
  accessToken: string;
  refreshToken: string;
}

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
  /** Changes that are repaired one by one; small in tests, so that resets happen. */
  changesMax: number;
  /** Messages or conversations in a page; small in tests, so that there are many pages. */
  pageMax: number;
  /** Conversations unknown to the client in one answer to a resume. */
  addedMax: number;
  /** A person's conversations as a fresh client would see them. */
  viewsOf(userId: string): ConversationView[];
  messagesOf(conversationId: string): readonly MessageView[];
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
  const users = new Map<string, UserView>();
  let userChanges = new Map<string, number>();
  const sessions = new Set<ModelSession>();
  let conversations = new Map<string, ModelConversation>();
  const sockets = new Set<Connected>();
  let copy = structuredClone({ conversations, userChanges });
  let epoch = newId();
  let accessGeneration = 0;

  const server: ModelServer = {
    intercept: null,
    alter: null,
    changesMax: limits.changesMax,
    pageMax: limits.latestPageMessages,
    addedMax: limits.resumeMaxAdded,
    connect(socket) {
      const connected: Connected = { socket, session: null, subscriptionId: null, moved: new Set() };
      sockets.add(connected);
      return { received: (text) => receive(connected, text), closed: () => sockets.delete(connected) };
    },
    http(url, init) {
      const path = new URL(url).pathname.replace('/trpc/', '');
      const token = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '');
      const session = findSession(token);
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
          const conversation = conversations.get(id);
          const member = conversation?.members.get(userId);
          if (conversation === undefined || member === undefined) return [];
          return [{ id, change: headOf(conversation, member).change }];
        });
        connected.moved.clear();
        write(connected, [{ type: 'positions', userChange: userChanges.get(userId) ?? 0, conversations: moved }]);
      }
    },
    askToLeave() {
      for (const { socket } of sockets) socket.toClient.push('{"id":null,"method":"reconnect"}');
    },
    backup() {
      copy = structuredClone({ conversations, userChanges });
    },
    restore() {
      epoch = newId();
      conversations = structuredClone(copy.conversations);
      userChanges = structuredClone(copy.userChanges);
      for (const { socket } of [...sockets]) socket.cut(1001);
    },
    viewsOf: (userId) => viewsOf(userId),
    messagesOf: (id) => conversations.get(id)?.messages ?? [],
    revoke(userId, closeCode) {
      for (const session of sessions) if (session.userId === userId) sessions.delete(session);
      for (const connected of [...sockets]) if (connected.session?.userId === userId) connected.socket.cut(closeCode);
    },
    expireTokens() {
      accessGeneration++;
      for (const connected of [...sockets]) connected.socket.cut(4001);
    },
    push(userId, items) {
      for (const connected of sockets) {
        if (connected.session?.userId === userId) write(connected, items as StreamItem[]);
      }
    },
    addMember(conversationId, userId) {
      const conversation = conversations.get(conversationId);
      if (conversation === undefined) throw new AppError('NOT_FOUND');
      join(conversation, userId);
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
      connected.session = findSession(frame.data?.token) ?? null;
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
      const data = server.alter === null ? made : server.alter(path, made);
      if (fate !== 'silent') connected.socket.toClient.push(JSON.stringify({ id, result: { type: 'data', data } }));
    } catch (error) {
      connected.socket.toClient.push(JSON.stringify({ id, error: errorShape(error, path) }));
    }
  }

  function perform(path: string, session: ModelSession | undefined, input: unknown): unknown {
    if (path === 'auth.register') return signIn(register(input as { userId: string; displayName: string }));
    if (path === 'auth.login') return signIn((input as { userId: string }).userId);
    if (path === 'auth.refresh') return refresh((input as { refreshToken?: string }).refreshToken);
    if (session === undefined) throw new AppError('UNAUTHENTICATED');
    const { userId } = session;
    switch (path) {
      case 'auth.logout':
        sessions.delete(session);
        return undefined;
      case 'sync.snapshot':
        return snapshot(userId, input as { cursor?: string; limit: number });
      case 'sync.resume':
        return resume(userId, input as ResumeInput);
      case 'sync.changes': {
        const { conversationId, since } = input as { conversationId: string; since: number };
        return repairOf(userId, conversationId, since);
      }
      case 'messages.send':
        return send(userId, input as SendMessageInput);
      case 'messages.list':
        return list(userId, input as ListMessagesInput);
      case 'messages.typing': {
        const { conversationId, typing } = input as { conversationId: string; typing: boolean };
        for (const member of accessOf(userId, conversationId).conversation.members.keys()) {
          if (member !== userId) tellUser(member, { type: 'typing', conversationId, userId, typing });
        }
        return undefined;
      }
      case 'conversations.openDirect':
        return openDirect(userId, (input as { userId: string }).userId);
      case 'conversations.get':
        return viewOf(accessOf(userId, (input as { conversationId: string }).conversationId).conversation, userId);
      case 'conversations.markRead': {
        const { conversationId, seq } = input as { conversationId: string; seq: number };
        return markRead(userId, conversationId, seq);
      }
      case 'groups.create':
        return createGroup(userId, input as { name: string; memberIds: string[] });
      case 'groups.leave':
        return leave(userId, (input as { conversationId: string }).conversationId);
      case 'users.get': {
        const items = (input as { userIds: string[] }).userIds.flatMap((id) => users.get(id) ?? []);
        return { items, nextCursor: null };
      }
      default:
        throw new AppError('UNKNOWN_PROCEDURE');
    }
  }

  function register(input: { userId: string; displayName: string }): string {
    users.set(input.userId, { id: input.userId, displayName: input.displayName, kind: 'person' });
    return input.userId;
  }

  function findSession(token: string | undefined): ModelSession | undefined {
    return [...sessions].find((session) => session.accessToken === token);
  }

  function signIn(userId: string): AuthResult {
    const user = users.get(userId);
    if (user === undefined) throw new AppError('WRONG_CREDENTIALS');
    const session: ModelSession = { id: newId(), userId, ...freshTokens() };
    sessions.add(session);
    return resultOf(user, session);
  }

  function refresh(refreshToken: string | undefined): AuthResult {
    const session = [...sessions].find((other) => other.refreshToken === refreshToken);
    const user = users.get(session?.userId ?? '');
    if (session === undefined || user === undefined) throw new AppError('UNAUTHENTICATED');
    Object.assign(session, freshTokens());
    return resultOf(user, session);
  }

  function freshTokens(): Pick<ModelSession, 'accessToken' | 'refreshToken'> {
    return { accessToken: `${accessGeneration} ${newId()}`, refreshToken: newId() };
  }

  function resultOf(user: UserView, session: ModelSession): AuthResult {
    const { id, accessToken, refreshToken } = session;
    const now = time.now();
    const view = { id, platform: 'server' as const, createdAt: now, lastSeenAt: now, current: true };
    return { user, session: view, accessToken, refreshToken, accessTokenExpiresAt: now + limits.accessTokenMs };
  }

  function accessOf(userId: string, conversationId: string): { conversation: ModelConversation; member: ModelMember } {
    const conversation = conversations.get(conversationId);
    const member = conversation?.members.get(userId);
    if (conversation === undefined || member === undefined) throw new AppError('NOT_FOUND');
    return { conversation, member };
  }

  function make(id: string, kind: ModelConversation['kind'], name: string): ModelConversation {
    const createdAt = time.now();
    const conversation: ModelConversation = {
      ...{ id, kind, name, createdAt, groupChange: 0, change: 0, countable: 0 },
      messages: [],
      members: new Map(),
    };
    conversations.set(id, conversation);
    return conversation;
  }

  function addNew(conversation: ModelConversation, userId: string, role: ModelMember['role']): ModelMember {
    const member: ModelMember = {
      ...{ role, readSeq: 0, readCountable: 0, userChange: 0, joinedAt: time.now(), leftChange: 0 },
      visible: [{ from: 1, to: null }],
    };
    conversation.members.set(userId, member);
    return member;
  }

  function openDirect(me: string, peer: string): ConversationView {
    if (!users.has(peer)) throw new AppError('NOT_FOUND');
    const id = me === peer ? selfConversationId(me) : directConversationId(me, peer);
    let conversation = conversations.get(id);
    if (conversation === undefined) {
      conversation = make(id, me === peer ? 'self' : 'direct', '');
      addNew(conversation, me, 'member');
      if (peer !== me) addNew(conversation, peer, 'member').hiddenSeq = 0;
      for (const userId of conversation.members.keys()) tellJoined(conversation, userId);
    }
    return viewOf(conversation, me);
  }

  function createGroup(me: string, input: { name: string; memberIds: string[] }): ConversationView {
    const conversation = make(newId(), 'group', input.name);
    addNew(conversation, me, 'owner');
    for (const id of input.memberIds) addNew(conversation, id, 'member');
    conversation.groupChange = 1;
    const content: MessageContent = { type: 'notice', notice: 'group.created', actorId: me, userIds: input.memberIds };
    append(conversation, me, newId(), content);
    for (const userId of conversation.members.keys()) tellJoined(conversation, userId);
    return viewOf(conversation, me);
  }

  function join(conversation: ModelConversation, userId: string): void {
    const known = conversation.members.get(userId);
    if (known !== undefined && known.leftAt === undefined) return;
    conversation.change++;
    conversation.groupChange = conversation.change;
    const from = conversation.messages.length + 1;
    const member = known ?? addNew(conversation, userId, 'member');
    member.visible = [...(known?.visible ?? []), { from, to: null }];
    if (known === undefined) member.visible = [{ from, to: null }];
    delete member.leftAt;
    member.joinedAt = time.now();
    member.readSeq = conversation.messages.length;
    member.readCountable = conversation.countable;
    const view = { userId, role: member.role, joinedAt: member.joinedAt, readSeq: member.readSeq };
    const { id, change } = conversation;
    tell(conversation, { type: 'member.joined', conversationId: id, change, member: view, memberCount: countOf(conversation) });
    const content: MessageContent = { type: 'notice', notice: 'member.joined', actorId: userId, userIds: [userId] };
    const message = append(conversation, userId, newId(), content);
    tell(conversation, { type: 'message.sent', conversationId: id, change: message.change, message });
    tellJoined(conversation, userId);
  }

  function leave(userId: string, conversationId: string): void {
    const { conversation, member } = accessOf(userId, conversationId);
    if (member.leftAt !== undefined) throw new AppError('FORBIDDEN');
    conversation.change++;
    conversation.groupChange = conversation.change;
    member.leftAt = time.now();
    member.leftChange = conversation.change;
    const to = conversation.messages.length + 1;
    member.visible = member.visible.map((range) => ({ from: range.from, to: range.to ?? to }));
    const { change } = conversation;
    tell(conversation, { type: 'member.left', conversationId, change, userId, memberCount: countOf(conversation) });
    const content: MessageContent = { type: 'notice', notice: 'member.left', actorId: userId, userIds: [userId] };
    const message = append(conversation, userId, newId(), content);
    tell(conversation, { type: 'message.sent', conversationId, change: message.change, message });
    tellMe(userId, conversation);
  }

  function send(userId: string, input: SendMessageInput): { message: MessageView; deduplicated: boolean } {
    const { conversation, member } = accessOf(userId, input.conversationId);
    if (member.leftAt !== undefined) throw new AppError('FORBIDDEN');
    const { messages } = conversation;
    const first = messages.find((other) => other.senderId === userId && other.clientMessageId === input.clientMessageId);
    if (first !== undefined) return { message: first, deduplicated: true };
    const message = append(conversation, userId, input.clientMessageId, input.content);
    member.readSeq = message.seq;
    member.readCountable = message.countableSeq;
    tell(conversation, { type: 'message.sent', conversationId: conversation.id, change: message.change, message });
    return { message, deduplicated: false };
  }

  function append(
    conversation: ModelConversation,
    senderId: string,
    clientMessageId: string,
    content: MessageContent,
  ): MessageView {
    const countable = content.type !== 'notice';
    conversation.change++;
    if (countable) conversation.countable++;
    const message: MessageView = {
      id: newId(),
      conversationId: conversation.id,
      seq: conversation.messages.length + 1,
      change: conversation.change,
      ...{ clientMessageId, senderId, content, countable },
      countableSeq: conversation.countable,
      sentAt: time.now(),
    };
    conversation.messages.push(message);
    return message;
  }

  function markRead(userId: string, conversationId: string, seq: number): { readSeq: number; unread: number } {
    const { conversation, member } = accessOf(userId, conversationId);
    const upTo = visibleOf(conversation, member)
      .filter((message) => message.seq <= seq)
      .at(-1);
    if (upTo !== undefined && upTo.seq > member.readSeq) {
      member.readSeq = upTo.seq;
      member.readCountable = upTo.countableSeq;
      tellMe(userId, conversation);
      for (const other of conversation.members.keys()) {
        tellUser(other, { type: 'conversation.read', conversationId, userId, readSeq: upTo.seq });
      }
    }
    return { readSeq: member.readSeq, unread: meOf(conversation, member).unread };
  }

  // What is told.

  function tell(conversation: ModelConversation, event: ConversationEvent): void {
    for (const [userId, member] of conversation.members) if (member.leftAt === undefined) tellUser(userId, event);
  }

  function tellJoined(conversation: ModelConversation, userId: string): void {
    const userChange = countMe(userId, conversation);
    tellUser(userId, { type: 'me.joined', userChange, conversation: viewOf(conversation, userId) });
  }

  function tellMe(userId: string, conversation: ModelConversation): void {
    const userChange = countMe(userId, conversation);
    const { member } = accessOf(userId, conversation.id);
    tellUser(userId, { type: 'me.updated', userChange, conversationId: conversation.id, me: meOf(conversation, member) });
  }

  function countMe(userId: string, conversation: ModelConversation): number {
    const userChange = (userChanges.get(userId) ?? 0) + 1;
    userChanges.set(userId, userChange);
    const member = conversation.members.get(userId);
    if (member !== undefined) member.userChange = userChange;
    return userChange;
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

  // What is read.

  function countOf(conversation: ModelConversation): number {
    return [...conversation.members.values()].filter((member) => member.leftAt === undefined).length;
  }

  function visibleOf(conversation: ModelConversation, member: ModelMember): MessageView[] {
    const isVisible = (seq: number) => member.visible.some(({ from, to }) => seq >= from && (to === null || seq < to));
    return conversation.messages.filter((message) => isVisible(message.seq));
  }

  function headOf(conversation: ModelConversation, member: ModelMember): { seq: number; change: number } {
    if (member.leftAt === undefined) return { seq: conversation.messages.length, change: conversation.change };
    return { seq: (member.visible.at(-1)?.to ?? 1) - 1, change: member.leftChange };
  }

  function countableOf(conversation: ModelConversation, member: ModelMember): number {
    if (member.leftAt === undefined) return conversation.countable;
    return conversation.messages[headOf(conversation, member).seq - 1]?.countableSeq ?? 0;
  }

  function meOf(conversation: ModelConversation, member: ModelMember): MyMembership {
    const { role, readSeq, readCountable, visible, userChange, joinedAt, hiddenSeq, leftAt } = member;
    return {
      ...{ role, readSeq, readCountable, visible, userChange, joinedAt },
      unread: Math.max(0, countableOf(conversation, member) - readCountable),
      ...(hiddenSeq === undefined ? {} : { hiddenSeq }),
      ...(leftAt === undefined ? {} : { leftAt }),
    };
  }

  function viewOf(conversation: ModelConversation, userId: string): ConversationView {
    const { member } = accessOf(userId, conversation.id);
    const { id, kind, name, createdAt } = conversation;
    const peerId = kind === 'direct' ? [...conversation.members.keys()].find((other) => other !== userId) : undefined;
    const peer = peerId === undefined ? undefined : users.get(peerId);
    const lastMessage = visibleOf(conversation, member).at(-1);
    return {
      ...{ id, kind, createdAt },
      title: kind === 'self' ? 'Notes to self' : kind === 'group' ? name : (peer?.displayName ?? ''),
      ...(peer === undefined ? {} : { peer, peerReadSeq: conversation.members.get(peer.id)?.readSeq ?? 0 }),
      ...(kind === 'group' ? { group: { name, memberCount: countOf(conversation) } } : {}),
      head: headOf(conversation, member),
      countable: countableOf(conversation, member),
      me: meOf(conversation, member),
      ...(lastMessage === undefined ? {} : { lastMessage }),
      activeAt: lastMessage?.sentAt ?? member.joinedAt,
    };
  }

  function viewsOf(userId: string): ConversationView[] {
    const mine = [...conversations.values()].filter((conversation) => conversation.members.has(userId));
    return mine
      .map((conversation) => viewOf(conversation, userId))
      .sort((a, b) => b.activeAt - a.activeAt || (a.id < b.id ? 1 : -1));
  }

  function list(userId: string, input: ListMessagesInput): ListMessagesResult {
    const { conversation, member } = accessOf(userId, input.conversationId);
    const all = visibleOf(conversation, member);
    const limit = Math.min(input.limit ?? limits.pageDefault, server.pageMax);
    let start = Math.max(0, all.length - limit);
    const indexFrom = (seq: number) => {
      const index = all.findIndex((message) => message.seq >= seq);
      return index === -1 ? all.length : index;
    };
    let end = all.length;
    if (input.before !== undefined) {
      end = indexFrom(input.before);
      start = Math.max(0, end - limit);
    } else if (input.after !== undefined) {
      start = indexFrom(input.after + 1);
      end = Math.min(all.length, start + limit);
    } else if (input.around !== undefined) {
      start = Math.max(0, indexFrom(input.around) - Math.floor(limit / 2));
      end = Math.min(all.length, start + limit);
    }
    const head = headOf(conversation, member);
    return { items: all.slice(start, end), head, hasBefore: start > 0, hasAfter: end < all.length };
  }

  function snapshot(userId: string, input: { cursor?: string; limit: number }) {
    const views = viewsOf(userId);
    const start = Number(input.cursor ?? 0);
    const end = start + Math.min(input.limit, server.pageMax);
    const items = views.slice(start, end);
    const nextCursor = end < views.length ? String(end) : null;
    const me = users.get(userId);
    return { epoch, protocolVersion: 1, userChange: userChanges.get(userId) ?? 0, me, items, nextCursor, serverTime: time.now() };
  }

  function resume(userId: string, input: ResumeInput) {
    if (input.epoch !== epoch) return { kind: 'epochChanged', epoch };
    const known = new Map(input.conversations.map(({ id, change }) => [id, change]));
    const repairs = [...known].flatMap(([id, since]) => {
      const conversation = conversations.get(id);
      const member = conversation?.members.get(userId);
      const isEqual = conversation !== undefined && member !== undefined && headOf(conversation, member).change === since;
      return isEqual && since > 0 ? [] : [repairOf(userId, id, since)];
    });
    const repaired = new Set(repairs.map((repair) => (repair.kind === 'reset' ? repair.conversation.id : repair.conversationId)));
    const inRange = (id: string) =>
      (input.after === undefined || id > input.after) && (input.upTo === undefined || id <= input.upTo);
    const added = viewsOf(userId).filter(({ id }) => inRange(id) && !known.has(id));
    const memberships = viewsOf(userId)
      .filter(({ id, me }) => known.has(id) && !repaired.has(id) && me.userChange > input.userChange)
      .map(({ id, me }) => ({ conversationId: id, me }));
    const userChange = userChanges.get(userId) ?? 0;
    return {
      kind: 'resumed',
      userChange,
      repairs,
      added: added.slice(0, server.addedMax),
      addedMore: added.length > server.addedMax,
      memberships,
      serverTime: time.now(),
    };
  }

  function repairOf(userId: string, conversationId: string, since: number): ConversationRepair {
    const conversation = conversations.get(conversationId);
    const member = conversation?.members.get(userId);
    if (conversation === undefined || member === undefined) return { kind: 'gone', conversationId };
    const head = headOf(conversation, member);
    const visible = visibleOf(conversation, member);
    const missing = head.change - since;
    if (since === 0 || missing < 0 || missing > server.changesMax) {
      return { kind: 'reset', conversation: viewOf(conversation, userId), messages: visible.slice(-server.pageMax) };
    }
    const view = viewOf(conversation, userId);
    return {
      ...{ kind: 'changes', conversationId, since, head },
      countable: view.countable,
      messages: visible.filter((message) => message.change > since),
      members: [],
      leftUserIds: [],
      ...(conversation.groupChange > since && view.group !== undefined ? { group: view.group } : {}),
      ...(view.peerReadSeq === undefined ? {} : { peerReadSeq: view.peerReadSeq }),
      me: view.me,
    };
  }

  return server;
}

const trpcCodes: Partial<Record<ErrorCode, string>> = { UNAUTHENTICATED: 'UNAUTHORIZED', WRONG_CREDENTIALS: 'UNAUTHORIZED' };

function errorShape(error: unknown, path: string) {
  const refusal = error instanceof AppError ? error : new AppError('INTERNAL', { cause: error });
  const code = trpcCodes[refusal.code] ?? 'BAD_REQUEST';
  return { message: refusal.message, code: -32600, data: { code, httpStatus: 400, path, nexo: refusal.toData() } };
}
