import type { MessageContent } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { excerpt, noticesText, toText } from './content-text.ts';

const nameOf = (id: string) => id.toUpperCase();
const joined = (userId: string, actorId = userId): { content: MessageContent } => ({
  content: { type: 'notice', notice: 'member.joined', actorId, userIds: [userId] },
});

describe('contents as one line', () => {
  it('folds white space and cuts long texts between characters', () => {
    expect(excerpt('  a\n\n b\tc ')).toBe('a b c');
    const cut = excerpt('😀'.repeat(400));
    expect(cut.endsWith('…')).toBe(true);
    expect(cut).not.toContain('\ufffd');
    expect([...cut].length).toBe(161);
  });

  it('says who did what', () => {
    expect(toText({ type: 'notice', notice: 'group.created', actorId: 'ana', userIds: ['ana', 'bo'] }, nameOf)).toBe(
      'ANA made this group with BO',
    );
    expect(toText(joined('bo', 'ana').content, nameOf)).toBe('ANA added BO');
    expect(toText({ type: 'notice', notice: 'member.left', actorId: 'bo', userIds: ['bo'] }, nameOf)).toBe('BO left');
  });

  it('folds several comings into one line', () => {
    expect(
      noticesText(
        ['a', 'b', 'c', 'd'].map((id) => joined(id)),
        nameOf,
      ),
    ).toBe('A, B and 2 others joined');
  });
});
