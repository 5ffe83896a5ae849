'use client';

import { useChatClient, useRelation, useTimeline } from '@nexo/client/react';
import { type ConversationView, refuseReaction } from '@nexo/shared';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { whyNotWrite } from '../composer/write-or-why-not.tsx';
import { useAppKeys } from '../keys/use-keys.ts';
import { useMinute } from '../lib/use-minute.ts';
import { JumpMention } from '../mentions/jump-mention.tsx';
import { lastSeenSeq } from '../message-life/last-seen-seq.ts';
import { useLife } from '../message-life/life-store.ts';
import { MessagePopups } from '../message-life/message-popups.tsx';
import { actorIn } from '../message-life/use-verdicts.ts';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { announce } from '../ui/live-regions.tsx';
import { Notice } from '../ui/notice.tsx';
import { CrashedRow } from './crashed-row.tsx';
import { JumpDown } from './jump-down.tsx';
import { loadMore } from './load-more.ts';
import { MessageRow } from './message-row.tsx';
import { MessageViewport, type Target, type View } from './message-viewport.tsx';
import { MessagesSkeleton } from './messages-skeleton.tsx';
import { DateRow, EmptyConversation, NoticeRow, StartOfHistory, UnreadRow } from './other-rows.tsx';
import { type Place, placeOf } from './place.ts';
import { buildRows, type Row } from './rows.ts';
import { showStickyDate } from './sticky-date.ts';
import { useDivider } from './use-divider.ts';
import { useEntering } from './use-entering.ts';
import { useFailureAlerts } from './use-failure-alerts.ts';
import { useMessageActions } from './use-message-actions.ts';
import { useMessageKeys } from './use-message-keys.ts';
import { useOpened } from './use-opened.ts';
import { useReading } from './use-reading.ts';

/** Where the divider comes to stand when a conversation is opened (U-10). */
const dividerFraction = 0.25;
const highlightMs = 1600;

/** Where each conversation was left in this visit, unless at its end (U-09). */
const places = new Map<string, Place>();

/** The messages of one conversation. Give it the conversation's id as key. `sends` counts own sends of this visit. */
export function MessageList({ conversation, meId, sends }: { conversation: ConversationView; meId: string; sends: number }) {
  const { id, kind, me } = conversation;
  const client = useChatClient();
  const timeline = useTimeline(id);
  const { items, hasBefore, hasAfter, status } = timeline;
  const trouble = useOpened(conversation);

  const [target, setTarget] = useState<Target>({ token: 0, key: 'end', fraction: 0, smooth: false });
  const goTo = useCallback(
    (key: string, fraction: number, smooth: boolean) =>
      setTarget((before) => ({ token: before.token + 1, key, fraction, smooth })),
    [],
  );
  const viewRef = useRef<View | null>(null);
  const [divider, clearDivider] = useDivider(conversation, () => {
    if (viewRef.current?.atEnd !== false) goTo('unread', dividerFraction, false);
  });
  const complete = status === 'ready' && !hasBefore;
  const rows = useMemo(() => buildRows(items, divider, complete), [items, divider, complete]);

  // The first place: where "New" begins, else the end.
  const [landed, setLanded] = useState(false);
  const canShow = status === 'ready' || items.length > 0;
  if (canShow && !landed) {
    setLanded(true);
    const left = places.get(id);
    if (divider !== null) setTarget({ token: 1, key: 'unread', fraction: dividerFraction, smooth: false });
    else if (left !== undefined && items.some((item) => item.key === left.key)) setTarget({ token: 1, smooth: false, ...left });
  }

  // Read before the rows leave the document.
  useLayoutEffect(
    () => () => {
      const view = viewRef.current;
      const place = view === null || view.atEnd ? null : placeOf(view.scroller);
      if (place === null) places.delete(id);
      else places.set(id, place);
    },
    [id],
  );

  const [atEnd, setAtEnd] = useState(true);
  const stickyRef = useRef<HTMLDivElement>(null);
  const hasPins = conversation.pins !== undefined;
  const look = useReading(id, me.readSeq);
  const onView = useCallback(
    (view: View) => {
      viewRef.current = view;
      setAtEnd(view.atEnd);
      look(view.scroller);
      if (view.scrolled) showStickyDate(stickyRef.current, view.scroller);
      const seq = view.scrolled && hasPins ? lastSeenSeq(view.scroller) : undefined;
      if (seq !== undefined) useLife.getState().see(id, seq);
    },
    [look, hasPins, id],
  );

  const originRef = useRef<Place | null>(null);
  const goToEnd = useCallback(
    async (smooth: boolean) => {
      originRef.current = null;
      if (client.store.timeline(id).get().hasAfter) {
        await client.conversations.loadNewest(id).catch(() => announce('The newest messages can’t be loaded right now.'));
      }
      goTo('end', 0, smooth);
    },
    [client, id, goTo],
  );

  const sendsRef = useRef(sends);
  useEffect(() => {
    if (sends === sendsRef.current) return;
    sendsRef.current = sends;
    clearDivider();
    void goToEnd(false);
  });

  const [highlightKey, setHighlightKey] = useState<string | null>(null);
  useEffect(() => {
    if (highlightKey === null) return;
    const timer = setTimeout(() => setHighlightKey(null), highlightMs);
    return () => clearTimeout(timer);
  }, [highlightKey]);

  const actions = useMessageActions({ conversationId: id, meId, goTo, viewRef, originRef, setHighlightKey });

  const jump = useLife((state) => (state.jump?.conversationId === id ? state.jump : null));
  const jumpedRef = useRef(jump?.token);
  useEffect(() => {
    if (jump === null || jumpedRef.current === jump.token) return;
    jumpedRef.current = jump.token;
    actions.jumpTo(jump.seq);
  }, [jump, actions]);

  const { isBlocked } = useRelation(kind === 'direct' ? (conversation.peer?.id ?? '') : '');
  const whyNoReply = isBlocked ? `You blocked ${conversation.title}.` : whyNotWrite(conversation, meId, Date.now());

  function wave() {
    // The row in the list tells what became of it.
    client.messages.send(id, '👋').acknowledged.catch(() => undefined);
  }

  /** ↓ first goes back to where a jump began, then to the end. */
  function goDown() {
    const origin = originRef.current;
    originRef.current = null;
    if (origin !== null && items.some((item) => item.key === origin.key)) goTo(origin.key, origin.fraction, true);
    else void goToEnd(true);
  }

  useAppKeys({
    escape() {
      if (divider === null && atEnd) return false;
      clearDivider();
      void goToEnd(true);
      return true;
    },
    newest() {
      void goToEnd(true);
      return true;
    },
    oldestUnread() {
      if (divider !== null) goTo('unread', dividerFraction, true);
      else if (me.unread > 0) void actions.jumpTo(me.readSeq + 1, true);
      return true;
    },
  });

  const [tabKey, setTabKey] = useState<string | null>(null);
  const lastMessage = items.findLast((item) => item.content.type !== 'notice');
  const tabStop = tabKey !== null && items.some((item) => item.key === tabKey) ? tabKey : lastMessage?.key;

  const actor = actorIn(conversation, meId, useMinute());
  const onKeyDown = useMessageKeys({ conversation, meId, items, whyNoReply, actions, goToEnd });
  useFailureAlerts(items);
  const enterOf = useEntering(timeline, meId);
  const now = Date.now();

  function renderRow(row: Row) {
    if (row.type === 'date') return <DateRow key={row.key} at={row.at} now={now} />;
    if (row.type === 'unread') return <UnreadRow key={row.key} count={row.count} />;
    return (
      <ErrorBoundary key={row.key} resetKey={row} fallback={(error) => <CrashedRow rowKey={row.key} error={error} />}>
        {row.type === 'notice' ? (
          <NoticeRow row={row} />
        ) : (
          <MessageRow
            message={row.message}
            own={row.message.senderId === meId}
            first={row.first}
            last={row.last}
            tabbable={row.key === tabStop}
            highlight={row.key === highlightKey}
            enter={atEnd ? enterOf(row.message) : undefined}
            canReply={whyNoReply === null}
            canReact={refuseReaction(actor, row.message) === null}
            canTakeBack={refuseReaction(actor, row.message, false) === null}
            actions={actions}
          />
        )}
      </ErrorBoundary>
    );
  }

  const firstMention = me.mentions?.[0];
  // What has disappeared was said, too; and in a chat of two the system speaks only of what somebody did there.
  const nothingSaid =
    complete &&
    (conversation.countable === 0 || me.clearedAt !== undefined) &&
    (kind === 'group' ? !items.some((item) => item.content.type !== 'notice') : items.length === 0);
  if (!canShow) {
    if (trouble.words !== null || status === 'error')
      return (
        <Centre>
          <Notice
            words={trouble.words ?? 'These messages can’t be loaded right now.'}
            action={{ label: 'Try again', onClick: trouble.again }}
          />
        </Centre>
      );
    return <MessagesSkeleton />;
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the articles inside are handled in one place.
    <div
      className="absolute inset-0"
      data-kind={kind}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        const key = (event.target as HTMLElement).closest<HTMLElement>('.msg')?.dataset.row;
        if (key !== undefined) setTabKey(key);
      }}
    >
      {nothingSaid ? (
        <Centre>
          <EmptyConversation conversation={conversation} onWave={isBlocked ? undefined : wave} />
        </Centre>
      ) : null}
      <MessageViewport
        label={`Messages in ${conversation.title}`}
        rows={nothingSaid && kind !== 'group' ? [] : rows}
        renderRow={renderRow}
        target={target}
        hasBefore={hasBefore}
        hasAfter={hasAfter}
        onNeedBefore={() => void loadMore(() => client.conversations.loadBefore(id), timeline.loadingBefore)}
        onNeedAfter={() => void loadMore(() => client.conversations.loadAfter(id), timeline.loadingAfter)}
        onView={onView}
        head={hasBefore ? <div className="msg-loader" /> : nothingSaid ? null : <StartOfHistory conversation={conversation} />}
      />
      <MessagePopups conversation={conversation} meId={meId} whyNoReply={whyNoReply} actions={actions} />
      <div ref={stickyRef} className="msg-sticky-date" aria-hidden="true">
        <span className="msg-pill" />
      </div>
      {firstMention === undefined ? null : (
        <JumpMention
          count={me.mentions?.length ?? 0}
          raised={!atEnd || hasAfter}
          onClick={() => void actions.jumpTo(firstMention)}
        />
      )}
      {atEnd && !hasAfter ? null : <JumpDown count={me.unread} onClick={goDown} />}
    </div>
  );
}

function Centre({ children }: { children: React.ReactNode }) {
  return <div className="absolute inset-0 z-[1] grid place-items-center">{children}</div>;
}
