import { type ConversationView, newId, type StreamItem } from '@nexo/shared';
import { beforeAll, test } from 'vitest';
import { equalState } from './equal-state.ts';
import { aMessage } from './gateway/harness.ts';

const { verify, talkingPair, customer } = equalState();
let direct: ConversationView;
/** Made by the customer's server. */
let managedId: string;

beforeAll(async () => {
  direct = await talkingPair();
});

const inManaged = () => ({ conversationId: managedId });
const toldInManaged = (...types: StreamItem['type'][]) => ({ alice: types, bob: types });

test('backend.sendBatch as the system, first and again', async () => {
  const send = (text: string) => {
    const content = { type: 'text' as const, text };
    const messages = ['bob', 'dave'].map((toUserId) => ({ toUserId, clientMessageId: newId(), content }));
    return customer().backend.sendBatch.mutate({ messages });
  };
  const began = ['me.joined', 'message.sent'] as const;
  await verify(() => send('welcome'), { bob: [...began], dave: [...began] });
  await verify(() => send('good news'), { bob: ['message.sent'], dave: ['message.sent'] });
});

test('backend.upsertUsers', async () => {
  const users = [{ userId: 'dave', displayName: 'Dave again', bio: null }, { userId: 'carol' }, { userId: 'zoe' }];
  await verify(() => customer().backend.upsertUsers.mutate({ users }), { dave: ['me.profile'] });
});

test('backend.send as the system to a user, in a conversation that is made for it', async () => {
  const { conversationId: _, ...message } = aMessage(direct.id, 'from the operator');
  await verify(() => customer().backend.send.mutate({ ...message, toUserId: 'carol' }), { carol: ['me.joined', 'message.sent'] });
});

test('backend.send as a user', async () => {
  const message = { ...aMessage(direct.id, 'in the name of alice'), senderId: 'alice' };
  await verify(() => customer().backend.send.mutate(message), { alice: ['message.sent'], bob: ['message.sent'] });
});

test('backend.createGroup', async () => {
  const input = { ownerId: 'alice', name: 'By the customer', memberIds: ['bob'] };
  await verify(
    async () => {
      managedId = (await customer().backend.createGroup.mutate(input)).conversationId;
    },
    { alice: ['me.joined'], bob: ['me.joined'] },
  );
});

test('backend.addMembers', async () => {
  await verify(() => customer().backend.addMembers.mutate({ conversationId: managedId, userIds: ['carol'] }), {
    alice: ['member.joined', 'message.sent'],
    bob: ['member.joined', 'message.sent'],
    carol: ['me.joined'],
  });
});

test('backend.removeMembers', async () => {
  await verify(() => customer().backend.removeMembers.mutate({ conversationId: managedId, userIds: ['carol'] }), {
    alice: ['member.left', 'message.sent'],
    bob: ['member.left', 'message.sent'],
    carol: ['member.left', 'me.updated'],
  });
});

test('backend.sendBatch', async () => {
  const messages = [aMessage(managedId, 'to all'), { ...aMessage(managedId, 'from bob'), senderId: 'bob' }];
  await verify(() => customer().backend.sendBatch.mutate({ messages }), toldInManaged('message.sent', 'message.sent'));
});

test('backend.updateGroup', async () => {
  const input = { ...inManaged(), name: 'Renamed', introduction: 'Of the customer', historyForNewcomers: 'all' as const };
  await verify(
    () => customer().backend.updateGroup.mutate(input),
    toldInManaged('group.updated', 'message.sent', 'message.sent'),
  );
});

test('backend.setRole', async () => {
  await verify(
    () => customer().backend.setRole.mutate({ ...inManaged(), userId: 'bob', role: 'admin' }),
    toldInManaged('member.updated', 'message.sent'),
  );
});

test('backend.muteMember', async () => {
  await verify(
    () => customer().backend.muteMember.mutate({ ...inManaged(), userId: 'bob', forMs: 60_000 }),
    toldInManaged('member.updated', 'message.sent'),
  );
});

test('backend.muteAll', async () => {
  for (const muted of [true, false]) {
    await verify(
      () => customer().backend.muteAll.mutate({ ...inManaged(), muted }),
      toldInManaged('group.updated', 'message.sent'),
    );
  }
});

test('backend.transferGroup', async () => {
  await verify(
    () => customer().backend.transferGroup.mutate({ ...inManaged(), userId: 'bob' }),
    toldInManaged('member.updated', 'member.updated', 'message.sent'),
  );
});

test('backend.dismissGroup', async () => {
  await verify(() => customer().backend.dismissGroup.mutate(inManaged()), toldInManaged('message.sent', 'group.dismissed'));
});
