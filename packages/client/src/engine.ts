import type { AppRouter } from '@nexo/api';
import { limits, type MessageView, rulesOf, type StreamItem } from '@nexo/shared';
import { createTRPCClient } from '@trpc/client';
import { draftsInLocalStorage, draftsInMemory } from './drafts/draft-memory.ts';
import { makeDrafts } from './drafts/drafts.ts';
import { makeMemberLists } from './members/member-lists.ts';
import { makeMemberLoader } from './members/member-loader.ts';
import { makeOutbox } from './outbox/outbox.ts';
import { quoteOf } from './outbox/quote.ts';
import { makePresences } from './presence/presence.ts';
import { makeReactions } from './reactions/reactions.ts';
import { makeReader } from './reads/mark-read.ts';
import { makeReaders } from './reads/readers.ts';
import { concealed } from './reducer/disappearing.ts';
import { withMembership } from './reducer/me.ts';
import { asKnown } from './reducer/state.ts';
import { quoteOfVersion } from './reducer/versions.ts';
import { makeRuntime } from './runtime.ts';
import { makeSession, sessionInLocalStorage, sessionInMemory } from './session/session.ts';
import { makeVisit } from './session/visit.ts';
import { keepState } from './storage/keep-state.ts';
import { makeKeeper } from './storage/keeper.ts';
import { memoryStorage } from './storage/memory.ts';
import { makeChatStore } from './store/chat-store.ts';
import { makeContactCells } from './store/contact-cells.ts';
import { makeStateHolder } from './store/state-holder.ts';
import { tellEach } from './store/tell-each.ts';
import { makeCatchUp } from './sync/catch-up.ts';
import { makeInbox } from './sync/inbox.ts';
import { makeServerClock } from './sync/server-clock.ts';
import { makeTimelines } from './timelines/timelines.ts';
import { makeConnection } from './transport/connection.ts';
import { nexoLink } from './transport/link.ts';
import type { ClientOptions } from './types/options.ts';
import { makeTyping } from './typing/typing.ts';
import { makeUserLoader } from './users/user-loader.ts';

/** Who hears of what arrives. */
interface Listeners {
  message: Set<(message: MessageView) => void>;
  item: Set<(item: StreamItem) => void>;
}

/** Makes the parts of a client and puts them together: who tells whom. What one can do with them is in `createClient`. */
export function makeEngine(options: ClientOptions) {
  const runtime = makeRuntime(options.runtime);
  const transport = options.transport ?? 'token';
  const isBrowser = typeof window !== 'undefined';
  const device = {
    platform: options.platform ?? (isBrowser ? ('web' as const) : ('server' as const)),
    transport,
    ...(options.deviceName === undefined ? {} : { deviceName: options.deviceName }),
  };
  const base = options.url.replace(/\/+$/, '');
  const owner = runtime.newId();
  let appState: 'foreground' | 'background' | null = null;

  const holder = makeStateHolder();
  const clock = makeServerClock(runtime);
  const keeper = makeKeeper(runtime);
  const listeners: Listeners = { message: new Set(), item: new Set() };

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
        userId: () => session.userId,
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
    changed,
    outdated,
    heard(item) {
      readers.heard(item);
      members.heard(item);
      memberLists.heard(item);
      if (item.type === 'me.removed') kept.forgetMessages(item.conversationId, item.seqs);
      if (item.type === 'presence') presences.heard(item);
      if (item.type === 'resync') {
        presences.refresh();
        members.refresh();
      }
      if (item.type === 'typing' && item.userId !== session.userId) typing.heard(item.conversationId, item.userId, item.typing);
      tellEach(listeners.item, item);
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
    changed,
    repaired(repair) {
      members.repaired(repair);
      memberLists.repaired(repair);
    },
    restarted: () => memberLists.refresh(),
    removed: (conversationId, seqs) => kept.forgetMessages(conversationId, seqs),
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

  const reactions = makeReactions({
    react: (input) => trpc.messages.react.mutate(input),
    confirmed(message, emoji, on) {
      const { conversationId, change, seq } = message;
      const reaction = message.reactions?.find((kind) => kind.emoji === emoji) ?? { emoji, count: 0, userIds: [] };
      const userId = session.userId ?? '';
      inbox.receive([{ type: 'message.reacted', conversationId, change, seq, userId, on, reaction }]);
    },
    changed: (conversationId) => store.timelineChanged(conversationId),
  });

  const users = makeUserLoader({
    runtime,
    load: async (userIds) => (await trpc.users.get.query({ userIds })).items,
  });

  const members = makeMemberLoader({
    runtime,
    mayAsk(conversationId) {
      const view = holder.get().conversations.get(conversationId)?.view;
      return view?.kind === 'group' && view.me.leftAt === undefined;
    },
    load: async (conversationId, userIds) =>
      (await trpc.groups.members.query({ conversationId, userIds, limit: userIds.length })).items,
  });

  const memberLists = makeMemberLists({
    runtime,
    isLive,
    isConcealed(conversationId) {
      const group = holder.get().conversations.get(conversationId)?.view.group;
      return rulesOf(group).membersVisibleTo === 'admins';
    },
    load: (conversationId, query, cursor) =>
      trpc.groups.members.query({
        ...{ conversationId, limit: limits.pageMax },
        ...(query === undefined ? {} : { query }),
        ...(cursor === null ? {} : { cursor }),
      }),
  });

  const typing = makeTyping({
    runtime,
    say(conversationId, isTyping) {
      if (isLive()) trpc.messages.typing.mutate({ conversationId, typing: isTyping }).catch(() => {});
    },
  });

  const presences = makePresences({
    runtime,
    isLive,
    subscribe: async (userIds) => (await trpc.presence.subscribe.mutate({ userIds })).items,
  });

  const reader = makeReader({
    holder,
    runtime,
    isLive,
    markRead: (conversationId, seq) => trpc.conversations.markRead.mutate({ conversationId, seq }),
    repair: (conversationId) => catchUp.repair(conversationId),
  });

  const readers = makeReaders({
    holder,
    runtime,
    isLive,
    members: (conversationId, cursor) =>
      trpc.groups.members.query({ conversationId, limit: limits.pageMax, ...(cursor === undefined ? {} : { cursor }) }),
    changed: (conversationId) => store.timelineChanged(conversationId),
  });

  const drafts = makeDrafts({
    runtime,
    memory: options.draftMemory ?? (isBrowser ? draftsInLocalStorage() : draftsInMemory()),
    isLive,
    save: (conversationId, draft, draftOver) => trpc.conversations.update.mutate({ conversationId, draft, draftOver }),
    membership: (conversationId) => holder.get().conversations.get(conversationId)?.view.me,
    learned: (conversationId, me) => holder.commit(withMembership(holder.get(), conversationId, me)),
    quote: (conversationId, seq) => quoteOf(holder.get(), conversationId, seq),
    async loadQuote(conversationId, seq) {
      const [message] = (await trpc.messages.get.query({ conversationId, seqs: [seq] })).items;
      return message === undefined ? undefined : quoteOfVersion(message);
    },
  });

  const timelines = makeTimelines({
    holder,
    runtime,
    isLive,
    list: (input) => trpc.messages.list.query(input),
    get: async (conversationId, seqs) => (await trpc.messages.get.query({ conversationId, seqs })).items,
    getConversation: (conversationId) => trpc.conversations.get.query({ conversationId }),
    async loadStored(id, before, limit) {
      const stored = await kept.loadMessages(id, before, limit);
      return stored.map((message) => concealed(message, clock.now()));
    },
    loaded(messages) {
      kept.keepMessages(asKnown(holder.get(), messages));
      for (const message of messages) confirmOwn(message);
    },
    isWatched: (conversationId) => store.isTimelineWatched(conversationId),
    changed: (conversationId) => store.timelineChanged(conversationId),
  });

  const contacts = makeContactCells({ holder, runtime, serverNow: () => clock.now() });
  const store = makeChatStore({
    holder,
    contacts,
    connection,
    keeper,
    users,
    members,
    typing,
    presences,
    drafts,
    clock,
    runtime,
    outbox: () => outbox,
    reactions: () => reactions,
    timelines: () => timelines,
    readers: () => readers,
  });
  const kept = keepState({ holder, keeper, outbox, runtime, owner });

  holder.listen((next, before) => {
    if (next.me !== null && next.me !== before.me) users.learn(next.me);
    if (next.me?.id !== before.me?.id) drafts.use(next.me?.id ?? null);
    else if (next.epoch === null && before.epoch !== null) drafts.startOver();
    if (next.conversations === before.conversations) return;
    for (const [id, { view }] of next.conversations) {
      if (view.me !== before.conversations.get(id)?.view.me) drafts.heard(id, view.me);
      outbox.reached(id, view.head.change);
      if (view.peer !== undefined && before.conversations.get(id)?.view.peer !== view.peer) users.learn(view.peer);
    }
  });

  connection.state.subscribe(() => {
    if (connection.state.get().name === 'signedOut') session.end().catch(noop);
    outbox.connectionChanged();
    presences.connectionChanged();
    if (!isLive()) return;
    timelines.retry();
    users.retry();
    members.refresh();
    memberLists.retry();
    reader.retry();
    readers.retry();
    drafts.retry();
    tellAppState();
  });

  /** A message has its place now: live, or by a repair. */
  function applied(message: MessageView): void {
    kept.keepMessages(asKnown(holder.get(), [message]));
    confirmOwn(message);
    typing.heard(message.conversationId, message.senderId, false);
    tellEach(listeners.message, message);
  }

  /** A message that is there is another version of itself now: what is stored must not say the old words. */
  function changed(message: MessageView): void {
    for (const known of asKnown(holder.get(), [message])) kept.keepChanged(known);
  }

  /** It is loaded again when somebody looks. */
  function outdated(conversationId: string, seq: number): void {
    kept.forgetMessages(conversationId, [seq]);
  }

  /** Each connection has to be told anew. */
  function tellAppState(): void {
    if (isLive() && appState !== null) trpc.presence.setAppState.mutate({ state: appState }).catch(noop);
  }

  function confirmOwn(message: MessageView): void {
    if (message.senderId === session.userId) outbox.confirm(message);
  }

  const visit = makeVisit({
    session,
    connection,
    holder,
    kept,
    runtime,
    makeStorage: options.storage ?? memoryStorage(),
    callLogout: () => trpc.auth.logout.mutate(),
    forgetPerson() {
      inbox.clear();
      typing.stop();
      members.clear();
      memberLists.clear();
      presences.clear();
      reader.stop();
      readers.clear();
      outbox.clear();
      reactions.clear();
      timelines.clear();
    },
  });

  return {
    ...{
      runtime,
      device,
      session,
      trpc,
      connection,
      holder,
      inbox,
      outbox,
      reactions,
      memberLists,
      typing,
      presences,
      reader,
      readers,
      drafts,
      clock,
      timelines,
      store,
      visit,
    },
    listeners,
    setAppState(state: 'foreground' | 'background') {
      appState = state;
      tellAppState();
    },
    async stop() {
      connection.stop();
      typing.stop();
      presences.stop();
      reader.stop();
      drafts.stop();
      store.stop();
      users.stop();
      members.stop();
      memberLists.clear();
      contacts.stop();
      outbox.stop();
      await visit.pause();
    },
  };
}

function noop(): void {}
