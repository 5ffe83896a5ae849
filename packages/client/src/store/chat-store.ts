import type { ConversationView } from '@nexo/shared';
import type { Outbox } from '../outbox/outbox.ts';
import type { Presences } from '../presence/presence.ts';
import { shownView } from '../reducer/reads.ts';
import type { ConversationState } from '../reducer/state.ts';
import type { Keeper } from '../storage/keeper.ts';
import type { Timelines } from '../timelines/timelines.ts';
import type { Connection } from '../transport/connection.ts';
import type { ChatStore, Timeline } from '../types.ts';
import type { Typing } from '../typing/typing.ts';
import type { UserLoader } from '../users/user-loader.ts';
import { CellMap, Derived } from './cells.ts';
import { changedConversations, type StateHolder } from './state-holder.ts';
import { timelineRows } from './timeline-rows.ts';

export interface StoreParts {
  holder: StateHolder;
  connection: Connection;
  keeper: Keeper;
  users: UserLoader;
  typing: Typing;
  presences: Presences;
  outbox(): Outbox;
  timelines(): Timelines;
}

/** What the parts of the engine tell the store beside the state. */
export interface StoreSignals {
  timelineChanged(conversationId: string): void;
  isTimelineWatched(conversationId: string): boolean;
}

/** The store of a client: cells over the state, computed when they are read, woken only by what they show. */
export function makeChatStore(parts: StoreParts): ChatStore & StoreSignals {
  const { holder } = parts;

  const me = new Derived(() => holder.get().me);
  const ready = new Derived(() => holder.get().epoch !== null);
  const conversationIds = new Derived<readonly string[]>((before) => {
    const listed = [...holder.get().conversations.values()].filter(({ view }) => isListed(view));
    const ids = listed.sort((a, b) => byActivity(a.view, b.view)).map(({ view }) => view.id);
    const isSame = before?.length === ids.length && ids.every((id, index) => id === before[index]);
    return isSame ? before : ids;
  });
  const totalUnread = new Derived(() => {
    let total = 0;
    for (const conversation of holder.get().conversations.values()) {
      if (isListed(conversation.view)) total += shownView(conversation).me.unread;
    }
    return total;
  });

  const conversations = new CellMap((id) => {
    let from: ConversationState | undefined;
    return new Derived<ConversationView | undefined>((before) => {
      const conversation = holder.get().conversations.get(id);
      const isSame = conversation?.view === from?.view && conversation?.localRead === from?.localRead;
      from = conversation;
      return isSame && before !== undefined ? before : conversation === undefined ? undefined : shownView(conversation);
    });
  });

  const timelines = new CellMap((id) => new Derived<Timeline>((before) => computeTimeline(parts, id, before)));

  holder.listen((next, before) => {
    if (next.me !== before.me) me.invalidate();
    if (next.epoch !== before.epoch) ready.invalidate();
    const changed = changedConversations(next, before);
    if (changed.length === 0 && next.me === before.me) return;
    for (const id of changed) {
      conversations.existing(id)?.invalidate();
      timelines.existing(id)?.invalidate();
    }
    conversationIds.invalidate();
    totalUnread.invalidate();
  });

  return {
    connection: parts.connection.state,
    me,
    ready,
    conversationIds,
    totalUnread,
    conversation: (id) => conversations.of(id),
    timeline: (id) => timelines.of(id),
    user: (id) => parts.users.user(id),
    typing: (id) => parts.typing.typing(id),
    presence: (id) => parts.presences.presence(id),
    get outbox() {
      return parts.outbox().summary;
    },
    storage: parts.keeper.health,
    timelineChanged: (id) => timelines.existing(id)?.invalidate(),
    isTimelineWatched: (id) => timelines.existing(id)?.isWatched ?? false,
  };
}

/** A chat that another has opened and not written in is not there yet. */
function isListed(view: ConversationView): boolean {
  return view.me.hiddenSeq === undefined || view.head.seq > view.me.hiddenSeq;
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
