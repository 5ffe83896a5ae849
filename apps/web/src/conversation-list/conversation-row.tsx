'use client';

import type { TimelineMessage } from '@nexo/client';
import { useConversation, useOutbox, usePresence, useTimeline, useTyping } from '@nexo/client/react';
import { type ConversationView, isMarkedUnread } from '@nexo/shared';
import { BellOff, Check, CheckCheck, Clock, MoreHorizontal, Pin } from 'lucide-react';
import { type MouseEvent, memo, useRef } from 'react';
import { useEdit } from '../composer/composer-notes.ts';
import { useDraft } from '../composer/drafts.ts';
import { useVeiled, veiledWords } from '../contacts/use-veiled.ts';
import { fullTime, listTime } from '../lib/time.ts';
import { peopleIn, plainExcerpt, toText } from '../message-list/content-text.ts';
import { mutedWords } from '../own-settings/mute-words.ts';
import { PresenceDot } from '../people/presence-dot.tsx';
import { useNames } from '../people/use-names.ts';
import { useOnScreen } from '../people/use-on-screen.ts';
import { openConversation } from '../shell/route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { openRowMenu } from './row-menu-state.ts';

interface Props {
  id: string;
  meId: string;
  selected: boolean;
  tabbable: boolean;
  /** Epoch ms of the minute, so that times age. */
  now: number;
}

/** One conversation in the list: who, when, what was said last, how much is unread. */
export const ConversationRow = memo(function ConversationRow({ id, meId, selected, tabbable, now }: Props) {
  const conversation = useConversation(id);
  if (conversation === undefined) return null;
  const { title, kind, peer, me, activeAt, lastMessage } = conversation;
  const name = kind === 'self' ? 'Notes to self' : title;
  const unread = me.unread > 0;
  const muted = mutedWords(me.muted, now);
  const mentionsNotify = muted === undefined || me.muted?.mode === 'mentions';
  const marked = !unread && isMarkedUnread(me);
  const at = lastMessage?.sentAt ?? activeAt;

  function onClick(event: MouseEvent) {
    // A new tab or window is the browser's to open.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    openConversation(id);
  }

  return (
    <li
      data-conversation={id}
      className="group/row relative"
      style={{ ['--marks' as string]: `${widthOfMarks(me, marked)}px` }}
      draggable={me.pinPlace !== undefined}
    >
      <a
        href={`/c/${id}`}
        onClick={onClick}
        tabIndex={tabbable ? 0 : -1}
        aria-current={selected ? 'page' : undefined}
        className="chat-row"
        data-testid={`conversation:${id}`}
        data-unread={me.unread}
        data-state={marked ? 'marked' : unread ? 'unread' : 'read'}
        data-muted={muted !== undefined}
        draggable={false}
      >
        <span className="relative shrink-0">
          <Avatar
            id={peer?.id ?? id}
            name={name}
            url={conversation.avatarUrl ?? peer?.avatarUrl}
            size={44}
            shape={kind === 'group' ? 'room' : 'person'}
          />
          {kind === 'direct' && peer !== undefined ? <RowPresence userId={peer.id} /> : null}
          {unread ? (
            <span className="collapsed-only absolute -end-2 -top-1">
              <UnreadPill count={me.unread} quiet={muted !== undefined} />
            </span>
          ) : null}
          {marked ? (
            <span className="collapsed-only absolute -end-1 -top-1">
              <UnreadDot />
            </span>
          ) : null}
        </span>
        <span className="not-collapsed min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span
              className={`min-w-0 flex-1 truncate text-[14px] leading-5 ${unread || marked ? 'font-semibold' : 'font-medium'}`}
            >
              <bdi>{name}</bdi>
              {muted === undefined ? null : (
                <span title={muted}>
                  <BellOff size={14} aria-label={muted} className="-mt-0.5 ms-1.5 inline text-faint" />
                </span>
              )}
            </span>
            <time
              className="shrink-0 text-[12px] text-muted leading-4"
              dateTime={new Date(at).toISOString()}
              title={fullTime(at)}
            >
              {listTime(at, now)}
            </time>
          </span>
          <span className="flex h-5 items-center gap-2">
            <span className={`min-w-0 flex-1 truncate text-[13px] leading-[18px] ${unread ? 'text-text' : 'text-muted'}`}>
              <Preview conversation={conversation} meId={meId} selected={selected} />
            </span>
            {me.mentions === undefined ? null : <MentionPill count={me.mentions.length} quiet={!mentionsNotify} />}
            {unread ? <UnreadPill count={me.unread} quiet={muted !== undefined} testId="unread-pill" /> : null}
            {marked ? <UnreadDot testId="unread-dot" /> : null}
            {me.pinPlace === undefined ? null : (
              <Pin size={14} aria-label="Pinned" className="shrink-0 rotate-45 text-faint" data-testid="pin" />
            )}
          </span>
        </span>
        {/* The collapsed list shows the picture only; the name is still its name. */}
        <span className="collapsed-only sr-only">{name}</span>
      </a>
      {/* By the keyboard it is Shift+F10 on the row, so that the list stays one stop. */}
      <button
        type="button"
        tabIndex={-1}
        aria-label={`Actions for ${name}`}
        title="Actions (Shift+F10)"
        aria-haspopup="menu"
        onClick={(event) => openRowMenu(event.currentTarget)}
        className="row-more not-collapsed"
        data-testid="row-more"
      >
        <MoreHorizontal size={18} aria-hidden="true" />
      </button>
    </li>
  );
});

/** Room (px) that the marks at the end of the second line take at most, so that the menu button stands beside them. */
function widthOfMarks({ unread, mentions, pinPlace }: ConversationView['me'], marked: boolean): number {
  const gap = 8;
  const count = unread > 0 ? gap + Math.max(20, 12 + 8 * (unread > 999 ? 4 : `${unread}`.length)) : 0;
  return count + (mentions === undefined ? 0 : gap + 20) + (marked ? gap + 8 : 0) + (pinPlace === undefined ? 0 : gap + 14);
}

/** Only of rows that are on screen the presence is watched. */
function RowPresence({ userId }: { userId: string }) {
  const ref = useRef<HTMLSpanElement>(null);
  const { status } = usePresence(userId, useOnScreen(ref));
  return (
    <span ref={ref} className="absolute inset-0">
      <PresenceDot status={status} />
    </span>
  );
}

/** Somebody speaks to oneself here. `quiet`: in a chat that is muted for mentions, too. */
function MentionPill({ count, quiet }: { count: number; quiet: boolean }) {
  return (
    <span
      data-testid="mention-pill"
      className={`grid h-5 min-w-5 shrink-0 place-items-center rounded-full px-1 font-semibold text-[12px] ${
        quiet ? 'border border-faint bg-surface text-muted leading-[18px]' : 'bg-accent text-on-accent leading-5'
      }`}
    >
      <span aria-hidden="true">@</span>
      <span className="sr-only">{count} unread mentions, </span>
    </span>
  );
}

/** Marked as unread; nothing in it is new. */
function UnreadDot({ testId = null }: { testId?: string | null }) {
  return (
    <span data-testid={testId ?? undefined} className="inline-block size-2 shrink-0 rounded-full bg-accent">
      <span className="sr-only">marked as unread</span>
    </span>
  );
}

/** `quiet`: of a muted chat. `testId`: null where the same count also stands elsewhere. */
export function UnreadPill({ count, quiet = false, testId = null }: { count: number; quiet?: boolean; testId?: string | null }) {
  return (
    <span
      data-testid={testId ?? undefined}
      className={`tabular inline-block h-5 min-w-5 shrink-0 rounded-full px-1.5 text-center font-semibold text-[12px] ${
        quiet ? 'border border-faint bg-surface text-muted leading-[18px]' : 'bg-accent text-on-accent leading-5'
      }`}
    >
      {count > 999 ? '999+' : count}
      <span className="sr-only"> unread</span>
    </span>
  );
}

/** Draft, typing, what could not be sent, or the last message, in this order. */
function Preview({ conversation, meId, selected }: { conversation: ConversationView; meId: string; selected: boolean }) {
  const draft = useDraft(conversation.id);
  // An edit that was begun is to be found again like what else was begun.
  const written = useEdit(conversation.id)?.text ?? draft.text;
  const typing = useTyping(conversation.id);
  const nameOf = useNames(conversation.kind === 'group' ? typing.slice(0, 1) : []);
  const outbox = useOutbox();
  const [first] = typing;
  if (!selected && written.trim() !== '') {
    return (
      <>
        <span className="font-medium text-danger">Draft:</span> <bdi>{plainExcerpt(written)}</bdi>
      </>
    );
  }
  if (first !== undefined) {
    return <span className="text-accent">{conversation.kind === 'group' ? `${nameOf(first)} is typing…` : 'typing…'}</span>;
  }
  if (outbox.pending + outbox.failed > 0) return <PendingPreview conversation={conversation} meId={meId} />;
  return <LastMessage conversation={conversation} meId={meId} />;
}

/** Only while something is unsent anywhere, a row looks into its own outbox. */
function PendingPreview({ conversation, meId }: { conversation: ConversationView; meId: string }) {
  const { items } = useTimeline(conversation.id);
  const own = items.filter((item) => item.seq === undefined);
  if (own.some((item) => item.state === 'failed')) return <span className="text-danger">! Not sent</span>;
  const last = own.at(-1);
  if (last === undefined) return <LastMessage conversation={conversation} meId={meId} />;
  return <PendingText message={last} />;
}

function PendingText({ message }: { message: TimelineMessage }) {
  return (
    <>
      <Clock size={12} aria-label="Sending" className="-mt-0.5 me-1 inline text-muted" />
      <bdi>{toText(message.content, (id) => id)}</bdi>
    </>
  );
}

function LastMessage({ conversation, meId }: { conversation: ConversationView; meId: string }) {
  const { id, lastMessage, kind, peerReadSeq, peer } = conversation;
  const people = lastMessage === undefined ? [] : [lastMessage.senderId, ...peopleIn(lastMessage.content)];
  const nameOf = useNames(people);
  const isVeiled = useVeiled(id, lastMessage?.senderId ?? '');
  if (lastMessage === undefined) return kind === 'direct' ? `@${peer?.id ?? ''}` : '';
  const own = lastMessage.senderId === meId;
  const isNotice = lastMessage.content.type === 'notice';
  const isGone = lastMessage.content.type === 'revoked' || lastMessage.content.type === 'expired';
  const text = isVeiled && !isNotice ? veiledWords : toText(lastMessage.content, nameOf);
  const isRead = kind === 'direct' && (peerReadSeq ?? 0) >= lastMessage.seq;
  return (
    <>
      {own && !isNotice && !isGone && kind !== 'self' ? (
        isRead ? (
          <CheckCheck size={14} aria-label="Read" className="-mt-0.5 me-1 inline text-accent" />
        ) : (
          <Check size={14} aria-label="Sent" className="-mt-0.5 me-1 inline text-muted" />
        )
      ) : null}
      {kind === 'group' && !isNotice && !own ? <bdi>{`${nameOf(lastMessage.senderId)}: `}</bdi> : null}
      <bdi>{text}</bdi>
    </>
  );
}
