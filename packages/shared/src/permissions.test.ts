import { describe, expect, test } from 'vitest';
import { defaultGroupRules } from './group-rules.ts';
import type { GroupRules, Role } from './groups.ts';
import { can, type GroupAction, invitationNeedsApproval, type Reason } from './permissions.ts';

const roles = ['owner', 'admin', 'member'] as const;
const now = 1_000_000;

function verdict(action: GroupAction, role: Role, more: { target?: Role; self?: boolean; rules?: Partial<GroupRules> } = {}) {
  const target = more.target === undefined ? undefined : { userId: more.self ? 'me' : 'them', role: more.target };
  const answer = can(action, { actor: { userId: 'me', role }, rules: { ...defaultGroupRules, ...more.rules }, target, now });
  return answer.allowed ? 'yes' : answer.reason;
}

const byRole = (action: GroupAction, rules: Partial<GroupRules> = {}) => roles.map((role) => verdict(action, role, { rules }));

describe('what each role may', () => {
  const rows: [GroupAction, string[]][] = [
    ['send', ['yes', 'yes', 'yes']],
    ['invite', ['yes', 'yes', 'yes']],
    ['seeMembers', ['yes', 'yes', 'yes']],
    ['addContact', ['yes', 'yes', 'yes']],
    ['leave', ['yes', 'yes', 'yes']],
    ['setNickname', ['yes', 'yes', 'yes']],
    ['mentionAll', ['yes', 'yes', 'adminsOnly']],
    ['editProfile', ['yes', 'yes', 'adminsOnly']],
    ['editRules', ['yes', 'yes', 'adminsOnly']],
    ['muteAll', ['yes', 'yes', 'adminsOnly']],
    ['mute', ['yes', 'yes', 'adminsOnly']],
    ['kick', ['yes', 'yes', 'adminsOnly']],
    ['handleRequests', ['yes', 'yes', 'adminsOnly']],
    ['manageLinks', ['yes', 'yes', 'adminsOnly']],
    ['resize', ['yes', 'ownerOnly', 'ownerOnly']],
    ['setRole', ['yes', 'ownerOnly', 'ownerOnly']],
    ['transfer', ['yes', 'ownerOnly', 'ownerOnly']],
    ['dismiss', ['yes', 'ownerOnly', 'ownerOnly']],
  ];
  test.each(rows)('%s: owner, admin, member', (action, expected) => {
    expect(byRole(action)).toEqual(expected);
  });

  test('the rules of a group say who invites, sees the members, adds contacts, mentions all', () => {
    expect(byRole('invite', { invitations: 'admins' })).toEqual(['yes', 'yes', 'adminsOnly']);
    expect(byRole('seeMembers', { membersVisibleTo: 'admins' })).toEqual(['yes', 'yes', 'adminsOnly']);
    expect(byRole('addContact', { contactsBy: 'admins' })).toEqual(['yes', 'yes', 'adminsOnly']);
    expect(byRole('mentionAll', { mentionAllBy: 'everyone' })).toEqual(['yes', 'yes', 'yes']);
    expect(roles.map((role) => invitationNeedsApproval(role, { ...defaultGroupRules, invitations: 'approval' }))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('to whom', () => {
  test.each(['kick', 'mute'] as const)('%s reaches lower roles only', (action) => {
    const to = (role: Role) => roles.map((target) => verdict(action, role, { target }));
    expect(to('owner')).toEqual(['ownerIsTarget', 'yes', 'yes']);
    expect(to('admin')).toEqual(['ownerIsTarget', 'outranked', 'yes']);
    expect(to('member')).toEqual(['adminsOnly', 'adminsOnly', 'adminsOnly']);
    expect(verdict(action, 'owner', { target: 'owner', self: true })).toBe('self');
  });

  test('everybody names themselves; admins name members, and the owner all but nobody above', () => {
    for (const role of roles) expect(verdict('setNickname', role, { target: role, self: true })).toBe('yes');
    expect(roles.map((target) => verdict('setNickname', 'admin', { target }))).toEqual(['ownerIsTarget', 'outranked', 'yes']);
    expect(roles.map((target) => verdict('setNickname', 'member', { target }))).toEqual([
      'adminsOnly',
      'adminsOnly',
      'adminsOnly',
    ]);
  });

  test('an owner neither demotes nor succeeds themselves', () => {
    expect(verdict('setRole', 'owner', { target: 'owner', self: true })).toBe('self');
    expect(verdict('transfer', 'owner', { target: 'owner', self: true })).toBe('self');
  });
});

describe('silence', () => {
  const speak = (role: Role, mutedUntil: number | undefined, mutedAll: boolean): Reason | 'yes' => {
    const answer = can('send', { actor: { userId: 'me', role, mutedUntil }, rules: { ...defaultGroupRules, mutedAll }, now });
    return answer.allowed ? 'yes' : answer.reason;
  };

  test('who is muted may not speak before that time is over; an owner always may', () => {
    expect(roles.map((role) => speak(role, now + 1, false))).toEqual(['yes', 'muted', 'muted']);
    expect(roles.map((role) => speak(role, now, false))).toEqual(['yes', 'yes', 'yes']);
    expect(can('send', { actor: { userId: 'me', role: 'member', mutedUntil: now + 5 }, rules: defaultGroupRules, now })).toEqual({
      allowed: false,
      reason: 'muted',
      until: now + 5,
    });
  });

  test('when all are muted, the owner and admins speak', () => {
    expect(roles.map((role) => speak(role, undefined, true))).toEqual(['yes', 'yes', 'mutedAll']);
  });
});

test('in a dismissed group nothing can be done, and nothing by who has left', () => {
  const actions: GroupAction[] = ['send', 'invite', 'leave', 'dismiss', 'editProfile', 'seeMembers'];
  for (const action of actions) {
    const actor = { userId: 'me', role: 'owner' as const };
    expect(can(action, { actor, rules: defaultGroupRules, dismissed: true, now })).toEqual({
      allowed: false,
      reason: 'dismissed',
    });
    expect(can(action, { actor: { ...actor, left: true }, rules: defaultGroupRules, now })).toEqual({
      allowed: false,
      reason: 'left',
    });
  }
});
