import { type ConversationView, isMarkedUnread, isMuted } from '@nexo/shared';
import type { Drafts } from '../drafts/drafts.ts';
import type { MemberLoader } from '../members/member-loader.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Presences } from '../presence/presence.ts';
import type { Reactions } from '../reactions/reactions.ts';
import type { Readers } from '../reads/readers.ts';
import { shownView } from '../reducer/reads.ts';
import type { ConversationState } from '../reducer/state.ts';
import type { Keeper } from '../storage/keeper.ts';
import type { ServerClock } from '../sync/server-clock.ts';
import type { Timelines } from '../timelines/timelines.ts';
import type { Connection } from '../transport/connection.ts';
import type { Runtime } from '../types/options.ts';
import type { ChatStore, Timeline } from '../types/store.ts';
import type { Typing } from '../typing/typing.ts';
import type { UserLoader } from '../users/user-loader.ts';
import { CellMap, Derived } from './cells.ts';
import type { ContactCells } from './contact-cells.ts';
import { makeMuteEnds } from './mute-ends.ts';
import { changedConversations, type StateHolder } from './state-holder.ts';
import { timelineRows } from './timeline-rows.ts';

export interface StoreParts {
  holder: StateHolder;
  contacts: ContactCells;
  connection: Connection;
  keeper: Keeper;
  users: UserLoader;
  members: MemberLoader;
  typing: Typing;
  presences: Presences;
  drafts: Drafts;
  clock: ServerClock;
  runtime: Runtime;
  outbox(): Outbox;
  reactions(): Reactions;
  timelines(): Timelines;
  readers(): Readers;
}

/** What the parts of the engine tell the store beside the state. */
export interface StoreSignals {
  timelineChanged(conversationId: string): void;
  isTimelineWatched(conversationId: string): boolean;
  stop(): void;
}

/** The store of a client: cells over the state, computed when they are read, woken only by what they show. */
export function makeChatStore(parts: StoreParts): ChatStore & StoreSignals {
  const { holder } = parts;

  const me = new Derived(() => holder.get().me);
  const ready = new Derived(() => holder.get().epoch !== null);
  const conversationIds = new Derived<readonly string[]>((before) => idsOf(isListed, before));
  const hiddenIds = new Derived<readonly string[]>((before) =>
    idsOf((view) => !isListed(view) && view.lastMessage !== undefined, before),
  );

  function idsOf(isWanted: (view: ConversationView) => boolean, before: readonly string[] | undefined): readonly string[] {
    const wanted = [...holder.get().conversations.values()].filter(({ view }) => isWanted(view));
    const ids = wanted.sort((a, b) => byPlace(a.view, b.view)).map(({ view }) => view.id);
    const isSame = before?.length === ids.length && ids.every((id, index) => id === before[index]);
    return isSame ? before : ids;
  }

  const totalUnread = new Derived(() => {
    let total = 0;
    for (const conversation of holder.get().conversations.values()) {
      const { me } = shownView(conversation);
      if (!isListed(conversation.view)) continue;
      if (isMuted(me.muted, parts.clock.now())) total += me.muted.mode === 'mentions' ? (me.mentions?.length ?? 0) : 0;
      else total += me.unread > 0 ? me.unread : isMarkedUnread(me) ? 1 : 0;
    }
    return total;
  });

  const muteEnds = makeMuteEnds(parts, () => totalUnread.invalidate());

  const conversations = new CellMap((id) => {
    let from: ConversationState | undefined;
    let named: string | undefined;
    return new Derived<ConversationView | undefined>((before) => {
      const { conversations: known, contacts } = holder.get();
      const conversation = known.get(id);
      const remark = contacts.contacts.get(conversation?.view.peer?.id ?? '')?.remark;
      const isSame = conversation?.view === from?.view && conversation?.localRead === from?.localRead && remark === named;
      from = conversation;
      named = remark;
      if (isSame && before !== undefined) return before;
      if (conversation === undefined) return undefined;
      const view = shownView(conversation);
      return remark === undefined ? view : { ...view, title: remark };
    });
  });

  const timelines = new CellMap((id) => new Derived<Timeline>((before) => computeTimeline(parts, id, before)));

  holder.listen((next, before) => {
    if (next.me !== before.me) me.invalidate();
    if (next.epoch !== before.epoch) ready.invalidate();
    if (next.contacts.contacts !== before.contacts.contacts) for (const cell of conversations.values()) cell.invalidate();
    const changed = changedConversations(next, before);
    if (changed.length === 0 && next.me === before.me) return;
    for (const id of changed) {
      conversations.existing(id)?.invalidate();
      timelines.existing(id)?.invalidate();
    }
    conversationIds.invalidate();
    hiddenIds.invalidate();
    totalUnread.invalidate();
    muteEnds.changed(changed);
  });

  return {
    connection: parts.connection.state,
    me,
    ready,
    conversationIds,
    hiddenIds,
    totalUnread,
    conversation: (id) => conversations.of(id),
    timeline: (id) => timelines.of(id),
    user: (id) => parts.users.user(id),
    member: (conversationId, userId) => parts.members.member(conversationId, userId),
    typing: (id) => parts.typing.typing(id),
    presence: (id) => parts.presences.presence(id),
    contacts: parts.contacts.contacts,
    contactRequests: parts.contacts.contactRequests,
    blocks: parts.contacts.blocks,
    relation: (id) => parts.contacts.relation(id),
    draft: (id) => parts.drafts.draft(id),
    unsavedDrafts: parts.drafts.unsaved,
    get outbox() {
      return parts.outbox().summary;
    },
    storage: parts.keeper.health,
    serverNow: () => parts.clock.now(),
    timelineChanged: (id) => timelines.existing(id)?.invalidate(),
    isTimelineWatched: (id) => timelines.existing(id)?.isWatched ?? false,
    stop: muteEnds.stop,
  };
}

/** A chat that another has opened and not written in is not there yet. */
function isListed(view: ConversationView): boolean {
  return view.me.hiddenSeq === undefined || view.head.seq > view.me.hiddenSeq;
}

/** Pinned ones first, by their places. */
function byPlace(a: ConversationView, b: ConversationView): number {
  const placeA = a.me.pinPlace ?? Number.POSITIVE_INFINITY;
  const placeB = b.me.pinPlace ?? Number.POSITIVE_INFINITY;
  return placeA === placeB ? byActivity(a, b) : placeA < placeB ? -1 : 1;
}

function byActivity(a: ConversationView, b: ConversationView): number {
  if (a.activeAt !== b.activeAt) return b.activeAt - a.activeAt;
  return a.id < b.id ? 1 : -1;
}

const noRows: Timeline['items'] = [];

function computeTimeline(parts: StoreParts, id: string, before: Timeline | undefined): Timeline {
  const state = parts.holder.get();
  const conversation = state.conversations.get(id);
  const window = conversation?.window ?? null;
  const items = timelineRows(
    {
      rows: window?.rows ?? [],
      pending: parts.outbox().pendingOf(id),
      myId: state.myId ?? undefined,
      peerReadSeq: conversation?.view.peerReadSeq ?? 0,
      visible: conversation?.view.me.visible,
      told: conversation?.told,
      reactions: parts.reactions().pendingOf(id),
      readPositions: parts.readers().positionsOf(id),
    },
    before?.items ?? noRows,
  );
  const { status, loadingBefore, loadingAfter } = parts.timelines().loading(id);
  const next: Timeline = {
    items,
    status,
    hasBefore: window?.hasBefore ?? false,
    hasAfter: window?.hasAfter ?? false,
    loadingBefore,
    loadingAfter,
  };
  const isSame = before !== undefined && (Object.keys(next) as (keyof Timeline)[]).every((key) => next[key] === before[key]);
  return isSame ? before : next;
}
