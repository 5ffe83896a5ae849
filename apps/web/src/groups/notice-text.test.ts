import type { NoticeContent } from '@nexo/shared';
import { expect, it } from 'vitest';
import { noticesText, toText } from '../message-list/content-text.ts';

const nameOf = (id: string) => id.toUpperCase();
const said = (notice: NoticeContent['notice'], more: Partial<NoticeContent> = {}) =>
  toText({ type: 'notice', notice, actorId: 'ana', userIds: [], ...more }, nameOf);

it('says what became of a group and of the people in it', () => {
  const userIds = ['bo'];
  expect(said('member.kicked', { userIds })).toBe('ANA removed BO');
  expect(said('member.role', { userIds, role: 'admin' })).toBe('ANA made BO an admin');
  expect(said('member.role', { userIds, role: 'member' })).toBe('ANA made BO a member again');
  expect(said('member.muted', { userIds, until: Date.now() + 60_000 })).toMatch(/^ANA muted BO until /);
  expect(said('member.unmuted', { userIds })).toBe('ANA let BO write again');
  expect(said('group.transferred', { userIds })).toBe('ANA made BO the owner');
  expect(said('group.renamed', { name: 'Drawing' })).toBe('ANA renamed this group to “Drawing”');
  expect(said('group.announced', { text: 'At eight' })).toBe('ANA announced: At eight');
  expect(said('group.updated', { changed: ['introduction'] })).toBe('ANA changed the introduction');
  expect(said('group.updated', { changed: ['avatarUrl', 'introduction'] })).toBe('ANA changed the profile of this group');
  expect(said('group.updated', { changed: ['joinMode'] })).toBe('ANA changed the rules of this group');
  expect(said('group.muted')).toBe('ANA let only admins write');
  expect(said('group.dismissed')).toBe('ANA dismissed this group');
});

it('a notice of a kind that only a newer server knows is said in general words', () => {
  expect(said('group.painted' as NoticeContent['notice'])).toBe('Something about this conversation changed');
  expect(noticesText([], nameOf)).toBe('');
});
