import {
  type InviteResult,
  isMentioned,
  limits,
  type MessageView,
  type MyMembership,
  mayNotify,
  type SendableContent,
  type StreamItem,
} from '@nexo/shared';
import { makeEngine } from './engine.ts';
import { messageLife } from './message-life.ts';
import { quoteOf } from './outbox/quote.ts';
import { withJoined, withMembership, withProfile } from './reducer/me.ts';
import { failureOf } from './transport/failure.ts';
import type { ChatClient } from './types/client.ts';
import type { ClientOptions } from './types/options.ts';

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
    drafts,
    clock,
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

  /** Puts what a call answers about the own side of a conversation into the state at once; its event comes too, and is the same. */
  async function settle(conversationId: string, call: Promise<MyMembership>): Promise<void> {
    const asker = session.userId;
    const me = await call;
    if (session.userId === asker) holder.commit(withMembership(holder.get(), conversationId, me));
  }

  async function update(input: Parameters<typeof trpc.conversations.update.mutate>[0]): Promise<void> {
    const answer = trpc.conversations.update.mutate(input).then(({ me }) => me);
    await settle(input.conversationId, answer);
  }

  /** Of what is said after it nothing is taken away, whenever the call arrives. */
  function upToSeen(conversationId: string): { upToSeq?: number } {
    const seq = holder.get().conversations.get(conversationId)?.view.head.seq;
    return seq === undefined ? {} : { upToSeq: seq };
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
      async logout() {
        drafts.forget();
        await visit.logout();
      },
      changePassword: async (input) => {
        await trpc.auth.changePassword.mutate(input);
      },
      sessions: async () => (await trpc.auth.sessions.query()).items,
      revokeSession: async (sessionId, password) => {
        await trpc.auth.revokeSession.mutate({ sessionId, password });
      },
      logoutOthers: async (password) => (await trpc.auth.logoutOthers.mutate({ password })).revoked,
      redeem: async (ticket) => visit.begin(await trpc.auth.redeem.mutate({ ticket, ...device })),
      enter: (minted) => visit.begin(minted),
      options: () => trpc.auth.options.query(),
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
      async open(conversationId) {
        await timelines.open(conversationId);
        readers.watch(conversationId);
      },
      loadBefore: timelines.loadBefore,
      loadAfter: timelines.loadAfter,
      loadAround: timelines.loadAround,
      loadNewest: timelines.loadNewest,
      markRead: reader.markRead,
      async markAllRead(conversationId) {
        const seq = upToSeen(conversationId).upToSeq ?? 0;
        reader.markRead(conversationId, seq);
        await trpc.conversations.markRead.mutate({ conversationId, seq });
      },
      async markUnread(conversationId, fromSeq) {
        // What was read a moment ago is told first: told after the mark, it would end it.
        await reader.tellNow(conversationId);
        const input = { conversationId, ...(fromSeq === undefined ? {} : { fromSeq }) };
        return settle(conversationId, trpc.conversations.markUnread.mutate(input));
      },
      async endUnreadMark(conversationId) {
        // Reading what was read already moves nothing, and ends the mark.
        const seq = holder.get().conversations.get(conversationId)?.view.me.readSeq ?? 0;
        await trpc.conversations.markRead.mutate({ conversationId, seq });
      },
      pin: (conversationId, after) =>
        update({ conversationId, pinned: true, ...(after === undefined ? {} : { pinAfter: after }) }),
      unpin: (conversationId) => update({ conversationId, pinned: false }),
      mute: (conversationId, muted) => update({ conversationId, muted }),
      hide(conversationId) {
        const { upToSeq } = upToSeen(conversationId);
        return update({ conversationId, hidden: true, ...(upToSeq === undefined ? {} : { seenSeq: upToSeq }) });
      },
      show: (conversationId) => update({ conversationId, hidden: false }),
      clear: (conversationId) =>
        settle(conversationId, trpc.conversations.clear.mutate({ conversationId, ...upToSeen(conversationId) })),
      remove: (conversationId) =>
        settle(conversationId, trpc.conversations.remove.mutate({ conversationId, ...upToSeen(conversationId) })),
    },

    drafts: {
      set: (conversationId, { text, replyTo }) =>
        drafts.set(conversationId, replyTo === undefined ? { text } : { text, replyTo }),
      saveNow: drafts.saveNow,
      takeOther: drafts.takeOther,
      dismissOther: drafts.dismissOther,
    },

    mayNotify(message) {
      const { conversations, me } = holder.get();
      const muted = conversations.get(message.conversationId)?.view.me.muted;
      const isQuiet = message.senderId === me?.id || !message.countable;
      const isMention = me !== null && isMentioned(message.content, me.id);
      return mayNotify({ muted, doNotDisturb: me?.doNotDisturb, isQuiet, isMention }, clock.now());
    },

    groups: {
      async create(input) {
        const wanted = { clientGroupId: runtime.newId(), ...input };
        const view = await insist(() => trpc.groups.create.mutate(wanted));
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
      findMembers: async (conversationId, query) => (await trpc.groups.members.query({ conversationId, query })).items,
      openMembers: (conversationId, query) => engine.memberLists.open(conversationId, query),
    },

    messages: {
      send(conversationId, content, sendOptions) {
        const sendable: SendableContent = typeof content === 'string' ? { type: 'text', text: content } : content;
        const quote = sendOptions?.replyTo === undefined ? undefined : quoteOf(holder.get(), conversationId, sendOptions.replyTo);
        typing.sent(conversationId);
        return outbox.send(conversationId, sendable, quote, sendOptions?.silent === true);
      },
      async forward(from, seqs, to, clientForwardId = runtime.newId()) {
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

    contacts: {
      request: (userId, message) =>
        insist(() => trpc.contacts.request.mutate({ userId, ...(message === undefined ? {} : { message }) })),
      respond: async (userId, accept) => {
        await insist(() => trpc.contacts.respond.mutate({ userId, accept }));
      },
      cancelRequest: (userId) => insist(() => trpc.contacts.cancelRequest.mutate({ userId })),
      remove: (userId) => insist(() => trpc.contacts.remove.mutate({ userId })),
      update: (userId, input) => insist(() => trpc.contacts.update.mutate({ userId, ...input })),
      block: async (userId) => {
        await insist(() => trpc.contacts.block.mutate({ userId }));
      },
      unblock: (userId) => insist(() => trpc.contacts.unblock.mutate({ userId })),
    },

    on,
    serverNow: () => clock.now(),

    async start() {
      await visit.resume();
      await visit.live();
    },
    retryNow: connection.retryNow,
    setAppState: engine.setAppState,
    stop: engine.stop,
  };
}
