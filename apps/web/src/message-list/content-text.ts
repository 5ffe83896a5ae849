import { contentToText, type MessageContent, plainWords } from '@nexo/shared';
import { timeSpan } from '../disappearing/time-span.ts';
import { groupNoticeText } from '../groups/notice-text.ts';
import { listNames } from '../lib/names.ts';

/** Longest text that one line of preview, quote or announcement needs (characters). */
const excerptMaxChars = 160;

/** What somebody wrote, as one line without its marks. */
export function plainExcerpt(text: string): string {
  return excerpt(plainWords(text.slice(0, excerptMaxChars * 4)));
}

/** A text as one line. */
export function excerpt(text: string): string {
  // Cut first: a text may be long, and only its beginning is shown.
  const line = text
    .slice(0, excerptMaxChars * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= excerptMaxChars ? line : `${[...line].slice(0, excerptMaxChars).join('')}…`;
}

/** Any content as one line of text, for previews and announcements. */
export function toText(content: MessageContent, nameOf: (userId: string) => string): string {
  if (content.type === 'notice') return noticeText(content, nameOf);
  return content.type === 'text' ? plainExcerpt(content.text) : excerpt(contentToText(content));
}

type Notice = Extract<MessageContent, { type: 'notice' }>;

function noticeText(notice: Notice, nameOf: (userId: string) => string): string {
  const actor = nameOf(notice.actorId);
  // In the middle of a sentence.
  const inside = (id: string) => nameOf(id).replace(/^You$/, 'you');
  const others = notice.userIds.filter((id) => id !== notice.actorId);
  switch (notice.notice) {
    case 'group.created':
      return others.length === 0 ? `${actor} made this group` : `${actor} made this group with ${listNames(others.map(inside))}`;
    case 'member.joined':
      return others.length === 0 ? `${actor} joined` : `${actor} added ${listNames(others.map(inside))}`;
    case 'member.left':
      return others.length === 0 ? `${actor} left` : `${actor} removed ${listNames(others.map(inside))}`;
    case 'disappearing.changed':
      return disappearingText(actor, notice);
    default:
      return groupNoticeText(notice, actor, listNames(notice.userIds.map(inside))) ?? 'Something about this conversation changed';
  }
}

function disappearingText(actor: string, { disappearing = {} }: Notice): string {
  const { afterReadMs, afterSentMs } = disappearing;
  const times = [
    afterReadMs === undefined ? [] : [`${timeSpan(afterReadMs)} after they are read`],
    afterSentMs === undefined ? [] : [`${timeSpan(afterSentMs)} after they are sent`],
  ].flat();
  if (times.length === 0) return `${actor} turned disappearing messages off`;
  return `${actor} made messages disappear ${times.join(', and ')}`;
}

/** One row of notices: its own words, or 'Ana, Bo and 5 others joined' when several were folded. */
export function noticesText(notices: readonly { content: MessageContent }[], nameOf: (userId: string) => string): string {
  const [first] = notices;
  if (first === undefined) return '';
  if (notices.length === 1) return toText(first.content, nameOf);
  const joined = new Set<string>();
  const left = new Set<string>();
  for (const { content } of notices) {
    if (content.type !== 'notice') continue;
    for (const id of content.userIds) (content.notice === 'member.left' ? left : joined).add(id);
  }
  const parts = [
    joined.size > 0 ? `${listNames([...joined].map(nameOf))} joined` : '',
    left.size > 0 ? `${listNames([...left].map(nameOf))} left` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

/** People that a content speaks of, whose names must be known to say it. */
export function peopleIn(content: MessageContent): string[] {
  return content.type === 'notice' ? [content.actorId, ...content.userIds] : [];
}
