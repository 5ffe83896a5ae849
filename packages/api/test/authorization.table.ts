import { newId } from '@nexo/shared';
import type { World, WorldUser } from '../src/testing/index.ts';

/**
 * Who asks: nobody logged in; a stranger who was never in the group; an ex-member who has left it; a member; its owner; a
 * customer's server with a key for everything, and one whose key lacks the scope.
 */
export const actors = ['nobody', 'stranger', 'exMember', 'member', 'owner', 'key', 'keyWithoutScope'] as const;
export type Actor = (typeof actors)[number];

/** A stranger whom owner, member and bystander have blocked: by default it is to them as to any stranger. */
export const shunned = 'shunned';

/** A group of owner and member, which the ex-member has left. Made anew for each call. */
export interface Scene {
  world: World;
  /** Who asks. When nobody does, the owner, so that the input is good. */
  asker: WorldUser;
  groupId: string;
  /** A user that is in no group. */
  bystanderId: string;
  /** The clientMessageId and seq of the first message. */
  seq: number;
  epoch: string;
}

/** `ok`, a code of `errorCodes`, or the `kind` of an answer that says "not for you" without being an error. */
type Outcome = string;

export interface Row {
  expected: Record<Actor, Outcome> & { [shunned]?: Outcome };
  /** A good input; absent for a procedure without one. */
  input?: (scene: Scene) => Promise<object> | object;
  /** What an answer amounts to; by default `ok`. */
  outcome?: (answer: unknown) => Outcome;
  /** The answer hands tokens out, by these fields. */
  handsOut?: readonly string[];
}

/** For anybody, logged in or not. */
const anybody: Row['expected'] = {
  ...{ nobody: 'ok', stranger: 'ok', exMember: 'ok', member: 'ok', owner: 'ok' },
  ...{ key: 'ok', keyWithoutScope: 'ok' },
};
/** For everybody who is logged in, about what is their own. */
const everyUser: Row['expected'] = {
  ...anybody,
  ...{ nobody: 'UNAUTHENTICATED', key: 'UNAUTHENTICATED', keyWithoutScope: 'UNAUTHENTICATED' },
};
/** For the customer's own servers, whose keys have the scope. */
const keys: Row['expected'] = {
  ...{ nobody: 'UNAUTHENTICATED', stranger: 'UNAUTHENTICATED', exMember: 'UNAUTHENTICATED', member: 'UNAUTHENTICATED' },
  ...{ owner: 'UNAUTHENTICATED', key: 'ok', keyWithoutScope: 'FORBIDDEN' },
};
/** For who is or was in the conversation; what it shows is another matter. */
const readers: Row['expected'] = { ...everyUser, stranger: 'NOT_FOUND' };
/** For who is in the conversation now. */
const present: Row['expected'] = { ...readers, exMember: 'FORBIDDEN' };

/** For the owner, and for admins in what concerns members. */
const ownerAlone: Row['expected'] = { ...present, member: 'FORBIDDEN' };

const sessionTokens = ['accessToken', 'accessTokenExpiresAt', 'refreshToken'];
/** With the place of the own session. */
const tokenFields = [...sessionTokens, 'address'].sort();
const ofGroup = ({ groupId }: Scene) => ({ conversationId: groupId });
const ofMessage = ({ groupId, seq }: Scene) => ({ conversationId: groupId, seq });

/** An input about the member of the group. */
function aboutMember(more: (userId: string) => object) {
  return ({ groupId }: Scene) => ({ conversationId: groupId, ...more('member') });
}

async function applicant({ world, groupId, bystanderId }: Scene): Promise<string> {
  await world.services.db.sql`
    insert into group_requests (conversation_id, user_id, status, requested_at) values (${groupId}, ${bystanderId}, 'pending', now())
    on conflict do nothing`;
  return bystanderId;
}

async function aLink({ world, groupId }: Scene): Promise<string> {
  const code = newId().replaceAll('-', '').slice(0, 22);
  await world.services.db.sql`
    insert into group_links (code, conversation_id, created_by, created_at) values (${code}, ${groupId}, 'owner', now())`;
  return code;
}

const ofBystander = ({ bystanderId }: Scene) => ({ userId: bystanderId });

/** Somebody whom nothing else is done with. */
async function newcomer(world: World) {
  return { userId: (await world.user(`newcomer-${newId()}`)).id };
}

/** Makes asker and bystander contacts, as far as they are not. */
async function becomeContacts({ world, asker, bystanderId }: Scene) {
  const password = 'correct horse battery';
  const { accessToken = '' } = await world.caller().auth.login({ userId: bystanderId, password, platform: 'web' });
  const bystander = await world.callerWith(accessToken);
  // Nobody asks whom they have blocked.
  if ((await bystander.contacts.blocks({})).items.some(({ userId }) => userId === asker.id)) return;
  await bystander.contacts.request({ userId: asker.id });
  await asker.caller.contacts.respond({ userId: bystanderId, accept: true });
}

async function anotherSession({ world, asker }: Scene) {
  return world.caller().auth.login({ userId: asker.id, password: asker.password, platform: 'ios' });
}

/** One row for every procedure. Whoever adds a procedure says here who may call it. */
export const table: Record<string, Row> = {
  'auth.options': { expected: anybody },
  'auth.register': {
    expected: anybody,
    input: () => ({ userId: `new-${newId()}`, displayName: 'New', password: 'correct horse battery', platform: 'web' }),
    handsOut: tokenFields,
  },
  'auth.login': {
    expected: anybody,
    input: ({ asker }) => ({ userId: asker.id, password: asker.password, platform: 'web' }),
    handsOut: tokenFields,
  },
  'auth.refresh': {
    expected: anybody,
    input: async (scene) => ({ refreshToken: (await anotherSession(scene)).refreshToken }),
    handsOut: tokenFields,
  },
  'auth.logout': { expected: everyUser },
  'auth.logoutAll': { expected: everyUser },
  'auth.logoutOthers': { expected: everyUser },
  'auth.sessions': { expected: everyUser, handsOut: ['address'] },
  'auth.redeem': {
    expected: anybody,
    input: async ({ world, asker }) => {
      const { ticket } = await (await world.backend()).backend.mintTicket({ userId: asker.id });
      return { ticket, platform: 'web' };
    },
    handsOut: tokenFields,
  },
  'auth.revokeSession': {
    expected: everyUser,
    input: async (scene) => ({ sessionId: (await anotherSession(scene)).session.id }),
  },
  'auth.changePassword': {
    expected: everyUser,
    input: ({ asker }) => ({ currentPassword: asker.password, newPassword: asker.password }),
  },

  'users.me': { expected: everyUser },
  'users.get': { expected: everyUser, input: ({ bystanderId }) => ({ userIds: [bystanderId] }) },
  'users.update': { expected: everyUser, input: () => ({ bio: 'Here I am', doNotDisturb: { untilAt: 1 } }) },
  'users.search': { expected: everyUser, input: ({ bystanderId }) => ({ query: bystanderId }) },

  'presence.get': { expected: everyUser, input: ({ bystanderId }) => ({ userIds: [bystanderId] }) },
  'presence.subscribe': { expected: everyUser, input: ({ bystanderId }) => ({ userIds: [bystanderId] }) },
  'presence.setAppState': { expected: everyUser, input: () => ({ state: 'background' }) },

  // By pairs of people, of whom everybody who is logged in may be one; what a block does to them is in `contacts.test.ts`.
  'contacts.list': { expected: everyUser, input: () => ({ limit: 100 }) },
  'contacts.request': {
    expected: { ...everyUser, [shunned]: 'NOT_REACHABLE' },
    input: ({ bystanderId }) => ({ userId: bystanderId, message: 'It is me' }),
  },
  'contacts.respond': { expected: everyUser, input: ({ bystanderId }) => ({ userId: bystanderId, accept: false }) },
  'contacts.requests': { expected: everyUser, input: () => ({ direction: 'incoming' }) },
  'contacts.cancelRequest': { expected: everyUser, input: ofBystander },
  'contacts.remove': { expected: everyUser, input: ofBystander },
  'contacts.update': {
    expected: { ...everyUser, [shunned]: 'NOT_FOUND' },
    input: async (scene) => {
      await becomeContacts(scene);
      return { ...ofBystander(scene), remark: 'By', pinned: true };
    },
  },
  'contacts.block': { expected: everyUser, input: ({ world }) => newcomer(world) },
  'contacts.unblock': { expected: everyUser, input: ofBystander },
  'contacts.blocks': { expected: everyUser, input: () => ({ limit: 100 }) },

  'conversations.openDirect': { expected: everyUser, input: ({ bystanderId }) => ({ userId: bystanderId }) },
  'conversations.list': { expected: everyUser, input: () => ({ limit: 100 }) },
  'conversations.get': { expected: readers, input: ofGroup },
  'conversations.markRead': { expected: readers, input: ({ groupId, seq }) => ({ conversationId: groupId, seq }) },
  'conversations.markUnread': { expected: readers, input: ({ groupId, seq }) => ({ conversationId: groupId, fromSeq: seq }) },
  'conversations.update': {
    expected: readers,
    input: ({ groupId, seq }) => ({
      conversationId: groupId,
      pinned: true,
      pinAfter: null,
      muted: { mode: 'mentions', untilAt: null },
      hidden: true,
      seenSeq: seq,
      draft: { text: 'not yet', replyTo: seq },
      draftOver: 0,
    }),
  },
  'conversations.clear': { expected: readers, input: ({ groupId, seq }) => ({ conversationId: groupId, upToSeq: seq }) },
  'conversations.remove': { expected: readers, input: ({ groupId, seq }) => ({ conversationId: groupId, upToSeq: seq }) },

  'groups.create': {
    expected: { ...everyUser, [shunned]: 'NOT_REACHABLE' },
    input: ({ bystanderId }) => ({ name: 'Another', memberIds: [bystanderId] }),
  },
  'groups.get': { expected: readers, input: ofGroup },
  'groups.members': { expected: present, input: ofGroup },
  'groups.invite': {
    expected: present,
    input: ({ groupId, bystanderId }) => ({ conversationId: groupId, userIds: [bystanderId] }),
  },
  'groups.leave': { expected: present, input: ofGroup },
  'groups.update': { expected: ownerAlone, input: ({ groupId }) => ({ conversationId: groupId, name: 'Another name' }) },
  'groups.kick': { expected: ownerAlone, input: aboutMember((userId) => ({ userIds: [userId] })) },
  'groups.setRole': { expected: ownerAlone, input: aboutMember((userId) => ({ userId, role: 'admin' })) },
  'groups.transfer': { expected: ownerAlone, input: aboutMember((userId) => ({ userId })) },
  'groups.muteMember': { expected: ownerAlone, input: aboutMember((userId) => ({ userId, forMs: 60_000 })) },
  'groups.muteAll': { expected: ownerAlone, input: ({ groupId }) => ({ conversationId: groupId, muted: true }) },
  'groups.updateMember': { expected: present, input: ({ groupId }) => ({ conversationId: groupId, nickname: 'Me here' }) },
  'groups.dismiss': { expected: ownerAlone, input: ofGroup },
  // The group is by invitation only: from outside it looks like none.
  'groups.preview': { expected: present, input: ofGroup },
  'groups.join': { expected: present, input: ofGroup },
  'groups.requests': { expected: ownerAlone, input: ofGroup },
  'groups.countRequests': { expected: everyUser },
  'groups.respond': {
    expected: ownerAlone,
    input: async (scene) => ({ ...ofGroup(scene), userId: await applicant(scene), accept: true }),
  },
  'groups.myRequests': { expected: everyUser },
  // Nobody of these has applied.
  'groups.withdraw': {
    expected: { ...everyUser, stranger: 'NOT_FOUND', exMember: 'NOT_FOUND', member: 'NOT_FOUND', owner: 'ok' },
    input: async (scene) => {
      const { world, asker, groupId } = scene;
      // An owner's application to their own group is not possible: the row is put there by hand.
      if (asker.id.startsWith('owner')) {
        await world.services.db.sql`
          insert into group_requests (conversation_id, user_id, status, requested_at) values (${groupId}, ${asker.id}, 'pending', now())`;
      }
      return { conversationId: groupId };
    },
  },
  'groups.createLink': { expected: ownerAlone, input: ofGroup },
  'groups.links': { expected: ownerAlone, input: ofGroup },
  'groups.revokeLink': { expected: ownerAlone, input: async (scene) => ({ ...ofGroup(scene), code: await aLink(scene) }) },

  'messages.send': {
    expected: present,
    input: ({ groupId, seq }) => ({
      conversationId: groupId,
      clientMessageId: newId(),
      content: { type: 'text', text: 'hello' },
      replyTo: seq,
    }),
  },
  'messages.list': { expected: readers, input: ofGroup },
  'messages.get': {
    expected: readers,
    input: ({ groupId }) => ({ conversationId: groupId, seqs: [1, 2, 3, 4, 5, 6] }),
  },
  'messages.edit': {
    // Only the owner wrote it.
    expected: { ...present, member: 'FORBIDDEN' },
    input: ({ groupId, seq }) => ({ conversationId: groupId, seq, content: { type: 'text', text: 'hello again' } }),
  },
  'messages.revoke': { expected: { ...present, member: 'FORBIDDEN' }, input: ofMessage },
  'messages.history': { expected: readers, input: ofMessage },
  'messages.react': { expected: present, input: (scene) => ({ ...ofMessage(scene), emoji: '👍', on: true }) },
  'messages.reactions': { expected: present, input: (scene) => ({ ...ofMessage(scene), emoji: '👍' }) },
  'messages.pin': {
    expected: { ...present, member: 'FORBIDDEN' },
    input: (scene) => ({ ...ofMessage(scene), pinned: true }),
  },
  'messages.remove': {
    expected: readers,
    input: ({ groupId, seq }) => ({ conversationId: groupId, seqs: [seq] }),
  },
  'messages.rules': { expected: everyUser },
  'messages.forward': {
    expected: readers,
    input: async ({ asker, groupId, seq }) => {
      const { id } = await asker.caller.conversations.openDirect({ userId: asker.id });
      return { fromConversationId: groupId, seqs: [seq], toConversationIds: [id], clientForwardId: newId() };
    },
  },
  'messages.receipts': {
    // Each asks about their own, if they have said anything there.
    expected: { ...present, member: 'FORBIDDEN' },
    input: ({ groupId, seq }) => ({ conversationId: groupId, seq }),
  },
  'messages.setDisappearing': {
    expected: { ...present, member: 'FORBIDDEN' },
    input: ({ groupId }) => ({ conversationId: groupId, afterSentMs: 3_600_000 }),
  },
  'messages.typing': { expected: present, input: ({ groupId }) => ({ conversationId: groupId, typing: true }) },

  'sync.snapshot': { expected: everyUser, input: () => ({ limit: 100 }) },
  'sync.resume': {
    expected: { ...everyUser, stranger: 'gone' },
    input: ({ groupId, epoch }) => ({ epoch, userChange: 0, conversations: [{ id: groupId, change: 1 }] }),
    outcome: (answer) => goneOr((answer as { repairs: { kind: string }[] }).repairs[0]?.kind),
  },
  'sync.changes': {
    expected: { ...everyUser, stranger: 'gone' },
    input: ({ groupId }) => ({ conversationId: groupId, since: 1 }),
    outcome: (answer) => goneOr((answer as { kind: string }).kind),
  },
  'sync.events': { expected: everyUser },

  'backend.upsertUsers': {
    expected: keys,
    input: ({ bystanderId }) => ({ users: [{ userId: bystanderId, displayName: 'Bystander', bio: 'stands by' }] }),
  },
  'backend.getUsers': { expected: keys, input: ({ bystanderId }) => ({ userIds: [bystanderId] }) },
  'backend.suspendUsers': {
    expected: keys,
    input: async ({ world }) => ({ userIds: [(await world.user(`bad-${newId()}`)).id] }),
  },
  'backend.restoreUsers': { expected: keys, input: ({ bystanderId }) => ({ userIds: [bystanderId] }) },
  'backend.mintSession': {
    expected: keys,
    input: ({ bystanderId }) => ({ userId: bystanderId, platform: 'web' }),
    handsOut: sessionTokens,
  },
  'backend.mintTicket': { expected: keys, input: ({ bystanderId }) => ({ userId: bystanderId }) },
  'backend.listSessions': { expected: keys, input: ({ bystanderId }) => ({ userId: bystanderId }), handsOut: ['address'] },
  'backend.revokeSessions': {
    expected: keys,
    input: async ({ world }) => {
      const { id, session } = await world.user(`short-${newId()}`);
      return { userId: id, sessionIds: [session.id] };
    },
  },
  'backend.send': {
    expected: keys,
    input: ({ bystanderId }) => ({
      toUserId: bystanderId,
      clientMessageId: newId(),
      content: { type: 'text', text: 'hello' },
    }),
  },
  'backend.sendBatch': {
    expected: keys,
    input: ({ bystanderId }) => ({
      messages: [{ toUserId: bystanderId, clientMessageId: newId(), content: { type: 'text', text: 'hello' } }],
    }),
  },
  'backend.createGroup': {
    expected: keys,
    input: ({ bystanderId }) => ({ ownerId: bystanderId, name: 'Another', memberIds: [] }),
  },
  'backend.getGroup': { expected: keys, input: ofGroup },
  'backend.listMembers': { expected: keys, input: ofGroup },
  'backend.addMembers': {
    expected: keys,
    input: ({ groupId, bystanderId }) => ({ conversationId: groupId, userIds: [bystanderId] }),
  },
  'backend.removeMembers': {
    expected: keys,
    input: ({ groupId, bystanderId }) => ({ conversationId: groupId, userIds: [bystanderId] }),
  },
  'backend.updateGroup': { expected: keys, input: ({ groupId }) => ({ conversationId: groupId, name: 'Another name' }) },
  'backend.setRole': { expected: keys, input: aboutMember((userId) => ({ userId, role: 'admin' })) },
  'backend.transferGroup': { expected: keys, input: aboutMember((userId) => ({ userId })) },
  'backend.muteMember': { expected: keys, input: aboutMember((userId) => ({ userId, forMs: 60_000 })) },
  'backend.dismissGroup': { expected: keys, input: ofGroup },
  'backend.getPresence': { expected: keys, input: ({ bystanderId }) => ({ userIds: [bystanderId] }) },
};

function goneOr(kind: string | undefined): Outcome {
  return kind === 'gone' ? 'gone' : 'ok';
}
