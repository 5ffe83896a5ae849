import type { NoticeContent } from '@nexo/shared';
import { untilWords } from '../lib/until-words.ts';

/** What a notice about a group says; undefined for one that this version does not know. `people`: whom it is about, by name. */
export function groupNoticeText(notice: NoticeContent, actor: string, people: string): string | undefined {
  switch (notice.notice) {
    case 'member.kicked':
      return `${actor} removed ${people}`;
    case 'member.role':
      return notice.role === 'admin' ? `${actor} made ${people} an admin` : `${actor} made ${people} a member again`;
    case 'member.muted':
      return `${actor} muted ${people} ${untilWords(notice.until ?? 0, Date.now())}`;
    case 'member.unmuted':
      return `${actor} let ${people} write again`;
    case 'group.transferred':
      return `${actor} made ${people} the owner`;
    case 'group.renamed':
      return `${actor} renamed this group to “${notice.name ?? ''}”`;
    case 'group.announced':
      return `${actor} announced: ${notice.text ?? ''}`;
    case 'group.updated':
      return `${actor} changed ${changedWords(notice.changed ?? [])}`;
    case 'group.muted':
      return `${actor} let only admins write`;
    case 'group.unmuted':
      return `${actor} let everybody write again`;
    case 'group.dismissed':
      return `${actor} dismissed this group`;
    default:
      return undefined;
  }
}

const profile: Record<string, string> = {
  avatarUrl: 'the picture',
  introduction: 'the introduction',
  size: 'how many this group takes',
};

function changedWords(changed: readonly string[]): string {
  const [only] = changed;
  if (changed.length === 1 && only !== undefined && profile[only] !== undefined) return profile[only];
  return changed.every((field) => field in profile) ? 'the profile of this group' : 'the rules of this group';
}
