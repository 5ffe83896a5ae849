import { type ConversationView, defaultGroupRules } from '@nexo/shared';
import { expect, it } from 'vitest';
import { whyNotWrite } from './write-or-why-not.tsx';

const now = Date.UTC(2030, 0, 15, 12);

function groupWith(
  me: Partial<ConversationView['me']>,
  group: Partial<NonNullable<ConversationView['group']>> = {},
): ConversationView {
  return {
    ...{ id: 'c', kind: 'group', title: 'Design', countable: 0, createdAt: 1, activeAt: 1, head: { seq: 1, change: 1 } },
    group: { name: 'Design', memberCount: 2, rules: defaultGroupRules, ...group },
    me: {
      ...{ role: 'member', readSeq: 1, readCountable: 0, unread: 0, visible: [], userChange: 1, change: 1, joinedAt: 1 },
      ...me,
    },
  };
}

it('says why one cannot write, and nothing where one can', () => {
  const why = (...given: Parameters<typeof groupWith>) => whyNotWrite(groupWith(...given), 'me', now);
  expect(why({})).toBeNull();
  expect(why({ leftAt: 1 })).toMatch(/^You are no longer in this group/);
  expect(why({}, { dismissedAt: 1 })).toMatch(/^This group was dismissed/);
  expect(why({ mutedUntil: now - 1 })).toBeNull();
  expect(why({ mutedUntil: now + 60_000 })).toMatch(/^You are muted in this group until \d\d:\d\d\.$/);
  expect(why({ mutedUntil: now + 10 * 365 * 86_400_000 })).toBe('You are muted in this group for good.');
  const mutedAll = { rules: { ...defaultGroupRules, mutedAll: true } };
  expect(why({}, mutedAll)).toBe('Only admins can write here.');
  expect(why({ role: 'admin' }, mutedAll)).toBeNull();
});

it('where only the operator writes, that is said', () => {
  const news = { ...groupWith({ readOnly: true }), kind: 'system' as const, title: 'Nexo' };
  expect(whyNotWrite(news, 'me', now)).toBe('Only Nexo writes here.');
});

it('a group that was stored before there were rules can be written in', () => {
  const { rules: _none, ...group } = groupWith({}).group ?? { name: '', memberCount: 1 };
  expect(whyNotWrite({ ...groupWith({}), group }, 'me', now)).toBeNull();
});
