import type { MessageView, SendableContent, StreamItem } from '@nexo/shared';
import { makeEngine } from './engine.ts';
import { quoteOf } from './outbox/quote.ts';
import { withJoined, withProfile } from './reducer/me.ts';
import { failureOf } from './transport/failure.ts';
import type { ChatClient, ClientOptions } from './types.ts';

/** Makes a client; nothing happens on the network before `auth.login`, `auth.restore` or `start`. */
export function createClient(options: ClientOptions): ChatClient {
  const engine = makeEngine(options);
  const {
    runtime,
    device,
    session,
    trpc,
    connection,
    holder,
    inbox,
    outbox,
    typing,
    presences,
    reader,
    timelines,
    store,
    visit,
  } = engine;

  /** Repeats a call that may be repeated safely, when no answer came; never as somebody else. */
  async function insist<T>(call: () => Promise<T>): Promise<T> {
    const asker = session.userId;
    try {
      return await call();
    } catch (error) {
      if (failureOf(error).kind !== 'unknown' || session.userId !== asker) throw error;
      return call();
    }
  }

  function on(type: 'message', listener: (message: MessageView) => void): () => void;
  function on(type: 'item', listener: (item: StreamItem) => void): () => void;
  function on(type: 'message' | 'item', listener: (heard: MessageView & StreamItem) => void): () => void {
    const all = engine.listeners[type] as Set<typeof listener>;
    all.add(listener);
    return () => all.delete(listener);
  }

  return {
    store,
    trpc,

    auth: {
      register: async (input) => visit.begin(await trpc.auth.register.mutate({ ...input, ...device })),
      login: async (input) => visit.begin(await trpc.auth.login.mutate({ ...input, ...device })),
      restore: visit.restore,
      logout: visit.logout,
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
        const before = holder.get().me;
        const user = await trpc.users.update.mutate(input);
        // The answer has no number. Where the stream has told of a profile meanwhile, that may be a newer one, and ours comes with it.
        if (holder.get().me === before) holder.commit(withProfile(holder.get(), user));
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
        const quote = sendOptions?.replyTo === undefined ? undefined : quoteOf(holder.get(), conversationId, sendOptions.replyTo);
        typing.sent(conversationId);
        return outbox.send(conversationId, sendable, quote);
      },
      retry: outbox.retry,
      retryAll: outbox.retryAll,
      discard: outbox.discard,
      typing: typing.pressed,
    },

    presence: {
      watch: presences.watch,
    },

    on,

    async start() {
      await visit.resume();
      await visit.live();
    },
    retryNow: connection.retryNow,
    setAppState: engine.setAppState,
    stop: engine.stop,
  };
}
