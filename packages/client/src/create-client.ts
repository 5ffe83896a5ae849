import { type InviteResult, limits, type MessageView, type SendableContent, type StreamItem } from '@nexo/shared';
import { makeEngine } from './engine.ts';
import { messageLife } from './message-life.ts';
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
    reactions,
    typing,
    presences,
    reader,
    readers,
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
      async open(conversationId) {
        await timelines.open(conversationId);
        readers.watch(conversationId);
      },
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
      leave: async (conversationId, successorId) => {
        await trpc.groups.leave.mutate({ conversationId, ...(successorId === undefined ? {} : { successorId }) });
      },
      async invite(conversationId, userIds) {
        const result: InviteResult = { addedUserIds: [], requestedUserIds: [] };
        for (let start = 0; start < userIds.length; start += limits.groupCreateMaxMembers) {
          const batch = userIds.slice(start, start + limits.groupCreateMaxMembers);
          const { addedUserIds, requestedUserIds } = await trpc.groups.invite.mutate({ conversationId, userIds: batch });
          result.addedUserIds.push(...addedUserIds);
          result.requestedUserIds.push(...requestedUserIds);
        }
        return result;
      },
      async join(input) {
        const result = await insist(() => trpc.groups.join.mutate(input));
        if (result.status === 'joined') {
          holder.commit(withJoined(holder.get(), result.conversation));
          inbox.drain();
        }
        return result;
      },
      members: (conversationId, cursor) =>
        trpc.groups.members.query({ conversationId, ...(cursor === undefined ? {} : { cursor }) }),
    },

    messages: {
      send(conversationId, content, sendOptions) {
        const sendable: SendableContent = typeof content === 'string' ? { type: 'text', text: content } : content;
        const quote = sendOptions?.replyTo === undefined ? undefined : quoteOf(holder.get(), conversationId, sendOptions.replyTo);
        typing.sent(conversationId);
        return outbox.send(conversationId, sendable, quote, sendOptions?.silent === true);
      },
      async forward(from, seqs, to) {
        const clientForwardId = runtime.newId();
        const input = { fromConversationId: from, seqs: [...seqs], toConversationIds: [...to], clientForwardId };
        return (await insist(() => trpc.messages.forward.mutate(input))).results;
      },
      receipts: (conversationId, seq) => trpc.messages.receipts.query({ conversationId, seq }),
      setDisappearing: async (conversationId, how) => {
        await trpc.messages.setDisappearing.mutate({ conversationId, ...how });
      },
      retry: outbox.retry,
      retryAll: outbox.retryAll,
      discard: outbox.discard,
      ...messageLife(engine),
      react: reactions.react,
      typing: typing.pressed,
    },

    presence: {
      watch: presences.watch,
    },

    on,
    serverNow: () => engine.clock.now(),

    async start() {
      await visit.resume();
      await visit.live();
    },
    retryNow: connection.retryNow,
    setAppState: engine.setAppState,
    stop: engine.stop,
  };
}
