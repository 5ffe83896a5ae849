import type { ConversationView, StreamItem } from '@nexo/shared';
import { beforeAll, expect, test, vi } from 'vitest';
import { equalState } from './equal-state.ts';

const { as, verify, groupOfBob } = equalState();
let group: ConversationView;
let code: string;

beforeAll(async () => {
  group = await groupOfBob();
});

const inGroup = () => ({ conversationId: group.id });
const told = (...types: StreamItem['type'][]) => ({ alice: types, bob: types, carol: types, dave: types });

test('groups.update', async () => {
  await verify(
    () => as('bob').trpc.groups.update.mutate({ ...inGroup(), name: 'Drawing', announcement: 'At eight', joinMode: 'approval' }),
    {
      bob: ['group.updated', 'message.sent', 'message.sent', 'message.sent'],
      carol: ['group.updated', 'message.sent', 'message.sent', 'message.sent'],
      dave: ['group.updated', 'message.sent', 'message.sent', 'message.sent'],
    },
  );
});

test('groups.join by applying', async () => {
  await verify(() => as('alice').trpc.groups.join.mutate(inGroup()), { alice: ['me.groupRequests'], bob: ['me.updated'] });
});

test('groups.withdraw', async () => {
  await verify(() => as('alice').trpc.groups.withdraw.mutate(inGroup()), { alice: ['me.groupRequests'], bob: ['me.updated'] });
});

test('groups.setRole while somebody waits', async () => {
  await as('alice').trpc.groups.join.mutate(inGroup());
  await vi.waitFor(() => expect(as('alice').items.at(-1)?.type).toBe('me.groupRequests'));
  await vi.waitFor(() => expect(as('bob').items.at(-1)?.type).toBe('me.updated'));
  await verify(() => as('bob').trpc.groups.setRole.mutate({ ...inGroup(), userId: 'carol', role: 'admin' }), {
    bob: ['member.updated', 'message.sent'],
    carol: ['member.updated', 'message.sent', 'me.updated'],
    dave: ['member.updated', 'message.sent'],
  });
});

test('groups.respond', async () => {
  await verify(() => as('carol').trpc.groups.respond.mutate({ ...inGroup(), userId: 'alice', accept: true }), {
    alice: ['me.joined'],
    bob: ['member.joined', 'message.sent', 'me.updated'],
    carol: ['member.joined', 'message.sent', 'me.updated'],
    dave: ['member.joined', 'message.sent'],
  });
});

test('groups.setRole back to member', async () => {
  await verify(
    () => as('bob').trpc.groups.setRole.mutate({ ...inGroup(), userId: 'carol', role: 'member' }),
    told('member.updated', 'message.sent'),
  );
});

test('groups.updateMember', async () => {
  await verify(() => as('dave').trpc.groups.updateMember.mutate({ ...inGroup(), nickname: 'Davy' }), told('member.updated'));
});

test('groups.muteMember', async () => {
  await verify(
    () => as('bob').trpc.groups.muteMember.mutate({ ...inGroup(), userId: 'dave', forMs: 60_000 }),
    told('member.updated', 'message.sent'),
  );
});

test('groups.muteAll', async () => {
  await verify(() => as('bob').trpc.groups.muteAll.mutate({ ...inGroup(), muted: true }), told('group.updated', 'message.sent'));
});

test('groups.transfer', async () => {
  await verify(
    () => as('bob').trpc.groups.transfer.mutate({ ...inGroup(), userId: 'alice' }),
    told('member.updated', 'member.updated', 'message.sent'),
  );
});

test('groups.kick', async () => {
  await verify(() => as('alice').trpc.groups.kick.mutate({ ...inGroup(), userIds: ['carol'] }), {
    ...told('member.left', 'message.sent'),
    carol: ['member.left', 'me.updated'],
  });
});

test('groups.createLink is for who asks', async () => {
  await verify(async () => {
    code = (await as('alice').trpc.groups.createLink.mutate(inGroup())).code;
  }, {});
});

test('groups.join by a link', async () => {
  await verify(() => as('carol').trpc.groups.join.mutate({ code }), {
    ...told('member.joined', 'message.sent'),
    carol: ['me.joined'],
  });
});

test('groups.revokeLink is for who asks', async () => {
  await verify(() => as('alice').trpc.groups.revokeLink.mutate({ ...inGroup(), code }), {});
});

test('groups.update that hides the members', async () => {
  await verify(
    () => as('alice').trpc.groups.update.mutate({ ...inGroup(), membersVisibleTo: 'admins' }),
    told('group.updated', 'message.sent'),
  );
});

test('groups.setRole where members are hidden', async () => {
  await verify(() => as('alice').trpc.groups.setRole.mutate({ ...inGroup(), userId: 'dave', role: 'admin' }), {
    ...told('members.changed'),
    dave: ['members.changed', 'me.updated'],
  });
});

test('groups.muteMember where members are hidden', async () => {
  await verify(() => as('dave').trpc.groups.muteMember.mutate({ ...inGroup(), userId: 'carol', forMs: 60_000 }), {
    ...told('members.changed'),
    carol: ['members.changed', 'me.updated'],
  });
});

test('groups.leave where members are hidden', async () => {
  await verify(() => as('carol').trpc.groups.leave.mutate(inGroup()), {
    ...told('members.changed'),
    carol: ['members.changed', 'me.updated'],
  });
});

test('groups.join where members are hidden', async () => {
  await as('alice').trpc.groups.update.mutate({ ...inGroup(), joinMode: 'free' });
  await vi.waitFor(() => {
    for (const name of ['alice', 'bob', 'dave'] as const) expect(as(name).items.at(-1)?.type).toBe('message.sent');
  });
  await verify(() => as('carol').trpc.groups.join.mutate(inGroup()), { ...told('members.changed'), carol: ['me.joined'] });
});

test('groups.dismiss', async () => {
  await verify(() => as('alice').trpc.groups.dismiss.mutate(inGroup()), told('message.sent', 'group.dismissed'));
});
