'use client';

import type { ConversationView } from '@nexo/shared';
import { memo } from 'react';
import { countMembers } from '../lib/names.ts';
import { dayLabel, fullTime } from '../lib/time.ts';
import { useNames } from '../people/use-names.ts';
import { Avatar } from '../ui/avatar.tsx';
import { noticesText, peopleIn } from './content-text.ts';
import type { Row } from './rows.ts';

export const DateRow = memo(function DateRow({ at, now }: { at: number; now: number }) {
  return (
    <li className="msg-date" data-testid="date-row">
      <h2 className="msg-pill" title={fullTime(at)}>
        {dayLabel(at, now)}
      </h2>
    </li>
  );
});

export const UnreadRow = memo(function UnreadRow({ count }: { count: number }) {
  return (
    <li className="msg-unread" data-row="unread" data-testid="unread-divider">
      <span>New · {count}</span>
    </li>
  );
});

/** What the system says: who made the group, who came and went. */
export const NoticeRow = memo(function NoticeRow({ row }: { row: Extract<Row, { type: 'notice' }> }) {
  const nameOf = useNames(row.notices.flatMap((notice) => peopleIn(notice.content)));
  const newest = row.notices.at(-1);
  return (
    <li className="msg-notice" data-row={row.key} data-seq={newest?.seq} data-testid={`notice:${row.key}`}>
      {noticesText(row.notices, nameOf)}
    </li>
  );
});

/** The upper end of a conversation: what it is, since when. */
export function StartOfHistory({ conversation }: { conversation: ConversationView }) {
  const { kind, title, peer, id } = conversation;
  const since = dayLabel(conversation.createdAt, Date.now());
  return (
    <div className="flex flex-col items-center gap-2 px-4 pt-10 pb-4 text-center" data-testid="start-of-history">
      <Avatar
        id={peer?.id ?? id}
        name={title}
        url={conversation.avatarUrl ?? peer?.avatarUrl}
        size={72}
        shape={kind === 'group' ? 'room' : 'person'}
      />
      <p className="font-semibold text-[17px]">
        {conversation.me.clearedAt !== undefined
          ? 'You cleared what was said before.'
          : kind === 'direct'
            ? `This is the start of your chat with ${title}.`
            : kind === 'self'
              ? 'This is the start of your notes to self.'
              : `This is the start of ${title}.`}
      </p>
      <p className="text-[13px] text-muted leading-[18px]">
        {kind === 'group'
          ? `Created ${since.replace(/^(?:Today|Yesterday)$/, (word) => word.toLowerCase())} · ${countMembers(conversation.group?.memberCount ?? 1)}`
          : kind === 'self'
            ? 'Only you can see them, on all your devices.'
            : kind === 'system'
              ? 'News from whoever runs this.'
              : `@${peer?.id ?? ''}`}
      </p>
    </div>
  );
}

/** What stands where nothing was said yet. */
export function EmptyConversation({
  conversation,
  onWave,
}: {
  conversation: ConversationView;
  onWave: (() => void) | undefined;
}) {
  const { kind, title, peer, id } = conversation;
  return (
    <div className="flex flex-col items-center gap-3 px-6 text-center" data-testid="empty-conversation">
      <Avatar
        id={kind === 'direct' ? (peer?.id ?? id) : id}
        name={title}
        url={conversation.avatarUrl ?? peer?.avatarUrl}
        size={72}
        shape={kind === 'group' ? 'room' : 'person'}
      />
      <p className="font-semibold text-[17px]">{title}</p>
      {conversation.me.clearedAt !== undefined ? (
        <p className="text-muted">You cleared this chat. What is said from now on appears here.</p>
      ) : kind === 'direct' ? (
        <>
          <p className="text-muted">You and {title} haven’t talked yet.</p>
          {onWave === undefined ? null : (
            <button
              type="button"
              onClick={onWave}
              aria-label="Wave"
              className="rounded-full border border-border-strong bg-surface px-4 py-2 text-[24px] leading-8 hover:bg-hover"
            >
              👋
            </button>
          )}
        </>
      ) : (
        <p className="text-muted">
          {kind === 'self'
            ? 'Write down what you want to find again. Only you can see it.'
            : conversation.me.role === 'owner'
              ? `You made ${title}. Say why it exists.`
              : `Nobody has written in ${title} yet.`}
        </p>
      )}
    </div>
  );
}
