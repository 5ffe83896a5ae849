import type { AppRouter } from '@nexo/api';
import {
  type AuthResult,
  limits,
  type MessageView,
  type ReplyView,
  type SendableContent,
  type StreamItem,
  type UserView,
} from '@nexo/shared';
import { createTRPCClient } from '@trpc/client';
import { makeOutbox } from './outbox/outbox.ts';
import { makeReader } from './reads/mark-read.ts';
import { withJoined, withProfile } from './reducer/me.ts';
import { emptyState } from './reducer/state.ts';
import { makeRuntime } from './runtime.ts';
import { makeSession, SignedOut, sessionInLocalStorage, sessionInMemory } from './session/session.ts';
import { keepState } from './storage/keep-state.ts';
import { makeKeeper } from './storage/keeper.ts';
import { memoryStorage } from './storage/memory.ts';
import { makeChatStore } from './store/chat-store.ts';
import { makeStateHolder } from './store/state-holder.ts';
import { makeCatchUp } from './sync/catch-up.ts';
import { makeInbox } from './sync/inbox.ts';
import { makeServerClock } from './sync/server-clock.ts';
import { makeTimelines } from './timelines/timelines.ts';
import { makeConnection } from './transport/connection.ts';
import { failureOf } from './transport/failure.ts';
import { nexoLink } from './transport/link.ts';
import type { ChatClient, ClientOptions, ConnectionState } from './types.ts';
import { makeTyping } from './typing/typing.ts';
import { makeUserLoader } from './users/user-loader.ts';

/** The server is asked to end the session at most this long before one is simply signed out here. */
const logoutMaxMs = 3_000;
/** Characters of a message that a quote shows. */
const excerptMaxChars = 200;

/** Makes a client; nothing happens on the network before `auth.login`, `auth.restore` or `start`. */
export function createClient(options: ClientOptions): ChatClient {
  const runtime = makeRuntime(options.runtime);
  const transport = options.transport ?? 'token';
  const isBrowser = typeof window !== 'undefined';
  const device = {
    platform: options.platform ?? (isBrowser ? ('web' as const) : ('server' as const)),
    transport,
    ...(options.deviceName === undefined ? {} : { deviceName: options.deviceName }),
  };
  const base = options.url.replace(/\/+$/, '');
  const makeStorage = options.storage ?? memoryStorage();
  const owner = runtime.newId();
  let restoring: Promise<UserView | null> | null = null;
  let appState: 'foreground' | 'background' | null = null;

  const holder = makeStateHolder();
  const clock = makeServerClock(runtime);
  const keeper = makeKeeper(runtime);
  const messageListeners = new Set<(message: MessageView) => void>();
  const itemListeners = new Set<(item: StreamItem) => void>();

  const session = makeSession({
    transport,
    runtime,
    memory: options.sessionMemory ?? (transport === 'cookie' && isBrowser ? sessionInLocalStorage() : sessionInMemory()),
    callRefresh: (refreshToken) => trpc.auth.refresh.mutate(refreshToken === undefined ? {} : { refreshToken }),
  });

  const trpc = createTRPCClient<AppRouter>({
    links: [
      nexoLink({
        httpUrl: `${base}/trpc`,
        transport,
        runtime,
        accessToken: () => session.accessToken,
        socket: () => connection.socket(),
        renew: () => session.refresh(),
        unauthenticated: () => connection.reauthorize(),
      }),
    ],
  });

  const connection = makeConnection({
    url: `${base.replace(/^http/, 'ws')}/trpc${transport === 'token' ? '?connectionParams=1' : ''}`,
    runtime,
    async authorize(mustRenew) {
      if (mustRenew) await session.refresh();
      else await session.ensureFresh();
    },
    connectionParams: () => (session.accessToken === undefined ? undefined : { token: session.accessToken }),
    async catchUp() {
      await catchUp.run();
    },
    received(items) {
      if (Array.isArray(items)) inbox.receive(items);
    },
  });
  const isLive = () => connection.state.get().name === 'live';

  const inbox = makeInbox({
    holder,
    runtime,
    repair: (conversationId) => catchUp.repair(conversationId),
    resume: () => catchUp.resumeSoon(),
    applied,
    heard(item) {
      if (item.type === 'typing' && item.userId !== session.userId) typing.heard(item.conversationId, item.userId, item.typing);
      for (const listener of [...itemListeners]) listener(item);
    },
  });

  const catchUp = makeCatchUp({
    holder,
    runtime,
    clock,
    inbox: () => inbox,
    isConnected: () => connection.socket() !== null,
    calls: {
      snapshot: (cursor) => trpc.sync.snapshot.query({ limit: limits.pageMax, ...(cursor === undefined ? {} : { cursor }) }),
      resume: (input) => trpc.sync.resume.query(input),
      changes: (conversationId, since) => trpc.sync.changes.query({ conversationId, since }),
    },
    forgetStored: () => kept.forgetAllButOutbox(),
    applied,
    reconnect: () => connection.socket()?.close(),
  });

  const outbox = makeOutbox({
    runtime,
    owner,
    serverNow: () => clock.now(),
    isLive,
    send: (input) => trpc.messages.send.mutate(input),
    store: (change) => keeper.now(change),
    changed: (conversationId) => store.timelineChanged(conversationId),
    acknowledged({ message, deduplicated }) {
      const { conversationId, change } = message;
      if (!deduplicated) inbox.receive([{ type: 'message.sent', conversationId, change, message }]);
      else if ((holder.get().conversations.get(conversationId)?.view.head.change ?? 0) >= change) outbox.confirm(message);
      else catchUp.repair(conversationId);
    },
  });

  const users = makeUserLoader({
    runtime,
    load: async (userIds) => (await trpc.users.get.query({ userIds })).items,
  });

  const typing = makeTyping({
    runtime,
    say(conversationId, isTyping) {
      if (isLive()) trpc.messages.typing.mutate({ conversationId, typing: isTyping }).catch(() => {});
    },
  });

  const reader = makeReader({
    holder,
    runtime,
    isLive,
    markRead: (conversationId, seq) => trpc.conversations.markRead.mutate({ conversationId, seq }),
  });

  const timelines = makeTimelines({
    holder,
    list: (input) => trpc.messages.list.query(input),
    getConversation: (conversationId) => trpc.conversations.get.query({ conversationId }),
    loadStored: async (id, before, limit) => (await keeper.storage?.loadMessages(id, before, limit)) ?? [],
    loaded(messages) {
      kept.keepMessages(messages);
      for (const message of messages) confirmOwn(message);
    },
    isWatched: (conversationId) => store.isTimelineWatched(conversationId),
    changed: (conversationId) => store.timelineChanged(conversationId),
  });

  const store = makeChatStore({
    holder,
    connection,
    keeper,
    users,
    typing,
    outbox: () => outbox,
    timelines: () => timelines,
  });
  const kept = keepState({ holder, keeper, outbox, runtime, owner });

  holder.listen((next, before) => {
    if (next.me !== null && next.me !== before.me) users.learn(next.me);
    if (next.conversations === before.conversations) return;
    for (const [id, { view }] of next.conversations) {
      if (view.peer !== undefined && before.conversations.get(id)?.view.peer !== view.peer) users.learn(view.peer);
    }
  });

  connection.state.subscribe(() => {
    if (connection.state.get().name === 'signedOut') void session.end();
    outbox.connectionChanged();
    if (!isLive()) return;
    timelines.retry();
    users.retry();
    reader.retry();
    tellAppState();
  });

  /** A message has its place now: live, or by a repair. */
  function applied(message: MessageView): void {
    kept.keepMessages([message]);
    confirmOwn(message);
    typing.heard(message.conversationId, message.senderId, false);
    for (const listener of [...messageListeners]) listener(message);
  }

  /** Each connection has to be told anew. */
  function tellAppState(): void {
    if (isLive() && appState !== null) trpc.presence.setAppState.mutate({ state: appState }).catch(noop);
  }

  function confirmOwn(message: MessageView): void {
    if (message.senderId === session.userId) outbox.confirm(message);
  }

  /** Makes this client that person's, with what is stored of them. */
  async function become(userId: string): Promise<void> {
    if (kept.userId() === userId) return;
    await kept.close();
    reset();
    await kept.open(userId, makeStorage);
  }

  function reset(): void {
    inbox.clear();
    typing.stop();
    reader.stop();
    outbox.clear();
    timelines.clear();
    holder.commit(emptyState);
  }

  async function begin(result: AuthResult): Promise<AuthResult> {
    connection.stop();
    await session.accept(result);
    await become(result.user.id);
    holder.commit(withProfile(holder.get(), result.user));
    connection.start();
    return result;
  }

  /** Resolves when this state is reached; rejects when signed out or stopped first. */
  function reached(name: ConnectionState['name']): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const state = connection.state.get();
        if (state.name === name) resolve();
        else if (state.name === 'signedOut') reject(new SignedOut(state.reason));
        else if (state.name === 'stopped') reject(new Error('The client was stopped.'));
        else return;
        stopListening();
      };
      const stopListening = connection.state.subscribe(look);
      look();
    });
  }

  /** Calls at the same time share one. */
  function restore(): Promise<UserView | null> {
    restoring ??= takeUp().finally(() => {
      restoring = null;
    });
    return restoring;
  }

  async function takeUp(): Promise<UserView | null> {
    const remembered = await session.recall();
    if (remembered === null) return null;
    await become(remembered.userId);
    const stored = holder.get().me;
    connection.start();
    // What is stored can be shown at once; the connection finds out whether the session still holds.
    if (stored !== null) return stored;
    try {
      await reached('live');
    } catch (error) {
      if (error instanceof SignedOut) return null;
      throw error;
    }
    return holder.get().me;
  }

  async function logout(): Promise<void> {
    let timer: unknown;
    const timeIsUp = new Promise<void>((resolve) => {
      timer = runtime.setTimeout(resolve, logoutMaxMs);
    });
    // Without the server the session here ends all the same.
    await Promise.race([trpc.auth.logout.mutate().then(noop, noop), timeIsUp]);
    runtime.clearTimeout(timer);
    connection.signOut('logout');
    await session.forget();
    await kept.forget();
    reset();
  }

  /** Repeats a call that may be repeated safely, when no answer came. */
  async function insist<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (failureOf(error).kind !== 'unknown') throw error;
      return call();
    }
  }

  function quoteOf(conversationId: string, seq: number): ReplyView {
    const row = holder
      .get()
      .conversations.get(conversationId)
      ?.window?.rows.find((message) => message.seq === seq);
    const text = row?.content.type === 'text' ? row.content.text : '';
    return { seq, senderId: row?.senderId ?? '', excerpt: [...text].slice(0, excerptMaxChars).join('') };
  }

  function on(type: 'message', listener: (message: MessageView) => void): () => void;
  function on(type: 'item', listener: (item: StreamItem) => void): () => void;
  function on(type: 'message' | 'item', listener: (heard: MessageView & StreamItem) => void): () => void {
    const listeners = (type === 'message' ? messageListeners : itemListeners) as Set<typeof listener>;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    store,
    trpc,

    auth: {
      register: async (input) => begin(await trpc.auth.register.mutate({ ...input, ...device })),
      login: async (input) => begin(await trpc.auth.login.mutate({ ...input, ...device })),
      restore,
      logout,
      changePassword: async (input) => {
        await trpc.auth.changePassword.mutate(input);
      },
      sessions: async () => (await trpc.auth.sessions.query()).items,
      revokeSession: async (sessionId) => {
        await trpc.auth.revokeSession.mutate({ sessionId });
      },
    },

    users: {
      search: async (query) => (await trpc.users.search.query({ query })).items,
      async update(input) {
        const user = await trpc.users.update.mutate(input);
        holder.commit(withProfile(holder.get(), user));
        return user;
      },
    },

    conversations: {
      async openDirect(userId) {
        const view = await insist(() => trpc.conversations.openDirect.mutate({ userId }));
        holder.commit(withJoined(holder.get(), view));
        inbox.drain();
        return view;
      },
      open: timelines.open,
      loadBefore: timelines.loadBefore,
      loadAfter: timelines.loadAfter,
      loadAround: timelines.loadAround,
      loadNewest: timelines.loadNewest,
      markRead: reader.markRead,
    },

    groups: {
      async create(input) {
        const clientGroupId = runtime.newId();
        const view = await insist(() => trpc.groups.create.mutate({ ...input, clientGroupId }));
        holder.commit(withJoined(holder.get(), view));
        inbox.drain();
        return view;
      },
      leave: async (conversationId) => {
        await trpc.groups.leave.mutate({ conversationId });
      },
      members: (conversationId, cursor) =>
        trpc.groups.members.query({ conversationId, ...(cursor === undefined ? {} : { cursor }) }),
    },

    messages: {
      send(conversationId, content, sendOptions) {
        const sendable: SendableContent = typeof content === 'string' ? { type: 'text', text: content } : content;
        const quote = sendOptions?.replyTo === undefined ? undefined : quoteOf(conversationId, sendOptions.replyTo);
        typing.sent(conversationId);
        return outbox.send(conversationId, sendable, quote);
      },
      retry: outbox.retry,
      retryAll: outbox.retryAll,
      discard: outbox.discard,
      typing: typing.pressed,
    },

    on,

    async start() {
      connection.start();
      await reached('live');
    },
    retryNow: connection.retryNow,
    setAppState(state) {
      appState = state;
      tellAppState();
    },
    async stop() {
      connection.stop();
      typing.stop();
      reader.stop();
      users.stop();
      outbox.stop();
      await kept.close();
    },
  };
}

function noop(): void {}
