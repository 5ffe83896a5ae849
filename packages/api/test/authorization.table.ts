import { newId } from '@nexo/shared';
import type { AppRouter } from '../src/index.ts';
import type { World, WorldUser } from '../src/testing/index.ts';
import {
  admins,
  anybody,
  but,
  type Expected,
  everyUser,
  keys,
  members,
  type Outcome,
  ownerAlone,
  present,
  readers,
  speakers,
} from './authorization.actors.ts';

type Procedures = AppRouter['_def']['record'];
/** The names of all procedures, as they are called: `messages.send`. */
export type Procedure = {
  [Noun in keyof Procedures & string]: `${Noun}.${keyof Procedures[Noun] & string}`;
}[keyof Procedures & string];

/** A conversation and who asks about it; made anew for each call that may change it. */
export interface Scene {
  world: World;
  /** Who asks. When nobody does, the owner, so that the input is good. */
  asker: WorldUser;
  /** The group; for who is blocked, their direct conversation with the owner. */
  conversationId: string;
  /** A user that is in no group. */
  bystanderId: string;
  /** The seq of the first message, which the owner sent. */
  seq: number;
  epoch: string;
}

export interface Row {
  expected: Expected;
  /** Who that is, in words, where the roles alone do not say it. */
  who?: string;
  /** A good input; absent for a procedure without one. */
  input?: (scene: Scene) => Promise<object> | object;
  /** What an answer amounts to; by default `ok`. */
  outcome?: (answer: unknown) => Outcome;
  /** The answer hands tokens out, by these fields. */
  handsOut?: readonly string[];
}

const sessionTokens = ['accessToken', 'accessTokenExpiresAt', 'refreshToken'];
/** With the place of the own session. */
const tokenFields = [...sessionTokens, 'address'].sort();
const ofIt = ({ conversationId }: Scene) => ({ conversationId });
const ofMessage = ({ conversationId, seq }: Scene) => ({ conversationId, seq });

/** An input about the member of the group. */
function aboutMember(more: (userId: string) => object) {
  return ({ conversationId }: Scene) => ({ conversationId, ...more('member') });
}

async function applicant({ world, conversationId, bystanderId }: Scene): Promise<string> {
  await world.services.db.sql`
    insert into group_requests (conversation_id, user_id, status, requested_at) values (${conversationId}, ${bystanderId}, 'pending', now())
    on conflict do nothing`;
  return bystanderId;
}

async function aLink({ world, conversationId }: Scene): Promise<string> {
  const code = newId().replaceAll('-', '').slice(0, 22);
  await world.services.db.sql`
    insert into group_links (code, conversation_id, created_by, created_at) values (${code}, ${conversationId}, 'owner', now())`;
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
export const table: Record<Procedure, Row> = {
  'auth.options': { expected: anybody },
  'auth.register': {
    expected: anybody,
    input: () => ({ userId: `new-${newId()}`, displayName: 'New', password: 'correct horse battery', platform: 'web' }),
    handsOut: tokenFields,
  },
  'auth.login': {
    expected: { ...anybody, suspended: 'SUSPENDED' },
    input: ({ asker }) => ({ userId: asker.id, password: asker.password, platform: 'web' }),
    handsOut: tokenFields,
  },
  'auth.refresh': {
    expected: { ...anybody, suspended: 'SESSION_REVOKED' },
    input: async (scene) => ({ refreshToken: (await anotherSession(scene)).refreshToken }),
    handsOut: tokenFields,
  },
  'auth.logout': { expected: everyUser },
  'auth.logoutAll': { expected: everyUser, input: ({ asker }) => ({ password: asker.password }) },
  'auth.logoutOthers': { expected: everyUser, input: ({ asker }) => ({ password: asker.password }) },
  'auth.sessions': { expected: everyUser, handsOut: ['address'] },
  'auth.redeem': {
    expected: { ...anybody, suspended: 'SUSPENDED' },
    input: async ({ world, asker }) => {
      const { ticket } = await (await world.backend()).backend.mintTicket({ userId: asker.id });
      return { ticket, platform: 'web' };
    },
    handsOut: tokenFields,
  },
  'auth.revokeSession': {
    expected: everyUser,
    input: async (scene) => ({ sessionId: (await anotherSession(scene)).session.id, password: scene.asker.password }),
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

  // By pairs of people, of whom everybody who is logged in may be one; what a block does to them is in `contacts-block.test.ts`.
  'contacts.list': { expected: everyUser, input: () => ({ limit: 100 }) },
  'contacts.request': {
    expected: { ...everyUser, blocked: 'NOT_REACHABLE' },
    who: 'every user',
    input: ({ bystanderId }) => ({ userId: bystanderId, message: 'It is me' }),
  },
  'contacts.respond': { expected: everyUser, input: ({ bystanderId }) => ({ userId: bystanderId, accept: false }) },
  'contacts.requests': { expected: everyUser, input: () => ({ direction: 'incoming' }) },
  'contacts.cancelRequest': { expected: everyUser, input: ofBystander },
  'contacts.remove': { expected: everyUser, input: ofBystander },
  'contacts.update': {
    expected: { ...everyUser, blocked: 'NOT_FOUND' },
    who: 'every user',
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
  'conversations.get': { expected: readers, input: ofIt },
  'conversations.markRead': { expected: readers, input: ({ conversationId, seq }) => ({ conversationId, seq }) },
  'conversations.markUnread': { expected: readers, input: ({ conversationId, seq }) => ({ conversationId, fromSeq: seq }) },
  'conversations.update': {
    expected: readers,
    input: ({ conversationId, seq }) => ({
      conversationId,
      pinned: true,
      pinAfter: null,
      muted: { mode: 'mentions', untilAt: null },
      hidden: true,
      seenSeq: seq,
      draft: { text: 'not yet', replyTo: seq },
      draftOver: 0,
    }),
  },
  'conversations.clear': { expected: readers, input: ({ conversationId, seq }) => ({ conversationId, upToSeq: seq }) },
  'conversations.remove': { expected: readers, input: ({ conversationId, seq }) => ({ conversationId, upToSeq: seq }) },

  'groups.create': {
    expected: { ...everyUser, blocked: 'NOT_REACHABLE' },
    who: 'every user',
    input: ({ bystanderId }) => ({ name: 'Another', memberIds: [bystanderId] }),
  },
  'groups.get': { expected: { ...readers, blocked: 'NOT_FOUND' }, input: ofIt },
  'groups.members': { expected: present, input: ofIt },
  'groups.invite': {
    expected: members,
    input: ({ conversationId, bystanderId }) => ({ conversationId, userIds: [bystanderId] }),
  },
  'groups.leave': { expected: members, input: ofIt },
  'groups.update': { expected: admins, input: ({ conversationId }) => ({ conversationId, name: 'Another name' }) },
  'groups.kick': { expected: admins, input: aboutMember((userId) => ({ userIds: [userId] })) },
  'groups.setRole': { expected: ownerAlone, input: aboutMember((userId) => ({ userId, role: 'admin' })) },
  'groups.transfer': { expected: ownerAlone, input: aboutMember((userId) => ({ userId })) },
  'groups.muteMember': { expected: admins, input: aboutMember((userId) => ({ userId, forMs: 60_000 })) },
  'groups.muteAll': { expected: admins, input: ({ conversationId }) => ({ conversationId, muted: true }) },
  'groups.updateMember': { expected: members, input: ({ conversationId }) => ({ conversationId, nickname: 'Me here' }) },
  'groups.dismiss': { expected: ownerAlone, input: ofIt },
  // The group is by invitation only: from outside it looks like none.
  'groups.preview': { expected: { ...members, blocked: 'NOT_FOUND' }, who: 'who is in the group, or may join it', input: ofIt },
  'groups.join': {
    expected: { ...members, blocked: 'NOT_FOUND' },
    who: 'everybody whom its rules or a link let in',
    input: ofIt,
  },
  'groups.requests': { expected: admins, input: ofIt },
  'groups.countRequests': { expected: everyUser },
  'groups.respond': {
    expected: admins,
    input: async (scene) => ({ ...ofIt(scene), userId: await applicant(scene), accept: true }),
  },
  'groups.myRequests': { expected: everyUser },
  // Nobody of these has applied.
  'groups.withdraw': {
    expected: but(everyUser, 'NOT_FOUND', 'stranger', 'blocked', 'exMember', 'member', 'muted', 'admin'),
    who: 'who has applied',
    input: async (scene) => {
      const { world, asker, conversationId } = scene;
      // An owner's application to their own group is not possible: the row is put there by hand.
      if (asker.id.startsWith('owner')) {
        await world.services.db.sql`
          insert into group_requests (conversation_id, user_id, status, requested_at) values (${conversationId}, ${asker.id}, 'pending', now())
          on conflict do nothing`;
      }
      return { conversationId };
    },
  },
  'groups.createLink': { expected: admins, input: ofIt },
  'groups.links': { expected: admins, input: ofIt },
  'groups.revokeLink': { expected: admins, input: async (scene) => ({ ...ofIt(scene), code: await aLink(scene) }) },

  'messages.send': {
    expected: speakers,
    input: ({ conversationId, seq }) => ({
      conversationId,
      clientMessageId: newId(),
      content: { type: 'text', text: 'hello' },
      replyTo: seq,
    }),
  },
  'messages.list': { expected: readers, input: ofIt },
  'messages.get': {
    expected: readers,
    // The secret is among them.
    input: ({ conversationId, seq }) => ({ conversationId, seqs: [seq, seq + 1, seq + 2, seq + 3] }),
  },
  'messages.edit': {
    // Only the owner wrote it.
    expected: { ...ownerAlone, blocked: 'NOT_REACHABLE' },
    who: 'who wrote it',
    input: ({ conversationId, seq }) => ({ conversationId, seq, content: { type: 'text', text: 'hello again' } }),
  },
  'messages.revoke': { expected: ownerAlone, who: 'who wrote it; in a group its owner and admins, too', input: ofMessage },
  'messages.history': { expected: readers, input: ofMessage },
  'messages.react': {
    expected: speakers,
    input: (scene) => ({ ...ofMessage(scene), emoji: '👍', on: true }),
  },
  'messages.reactions': { expected: present, input: (scene) => ({ ...ofMessage(scene), emoji: '👍' }) },
  'messages.pin': {
    expected: { ...admins, blocked: 'NOT_REACHABLE' },
    who: 'in a group admins and the owner, else who is in the conversation',
    input: (scene) => ({ ...ofMessage(scene), pinned: true }),
  },
  'messages.remove': {
    expected: readers,
    input: ({ conversationId, seq }) => ({ conversationId, seqs: [seq] }),
  },
  'messages.rules': { expected: everyUser },
  'messages.forward': {
    expected: readers,
    input: async ({ asker, conversationId, seq }) => {
      const { id } = await asker.caller.conversations.openDirect({ userId: asker.id });
      return { fromConversationId: conversationId, seqs: [seq], toConversationIds: [id], clientForwardId: newId() };
    },
  },
  'messages.receipts': {
    // Each asks about their own, if they have said anything there.
    expected: ownerAlone,
    who: 'who wrote it',
    input: ({ conversationId, seq }) => ({ conversationId, seq }),
  },
  'messages.setDisappearing': {
    expected: { ...admins, blocked: 'NOT_REACHABLE' },
    who: 'in a group admins and the owner, else who is in the conversation',
    input: ({ conversationId }) => ({ conversationId, afterSentMs: 3_600_000 }),
  },
  'messages.typing': { expected: present, input: ({ conversationId }) => ({ conversationId, typing: true }) },

  'sync.snapshot': { expected: everyUser, input: () => ({ limit: 100 }) },
  'sync.resume': {
    expected: { ...everyUser, stranger: 'gone' },
    who: 'every user',
    input: ({ conversationId, epoch }) => ({ epoch, userChange: 0, conversations: [{ id: conversationId, change: 1 }] }),
    outcome: (answer) => goneOr((answer as { repairs: { kind: string }[] }).repairs[0]?.kind),
  },
  'sync.changes': {
    expected: { ...everyUser, stranger: 'gone' },
    who: 'every user',
    input: ({ conversationId }) => ({ conversationId, since: 1 }),
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
  'backend.getGroup': { expected: keys, input: ofIt },
  'backend.listMembers': { expected: keys, input: ofIt },
  'backend.addMembers': {
    expected: keys,
    input: ({ conversationId, bystanderId }) => ({ conversationId, userIds: [bystanderId] }),
  },
  'backend.removeMembers': {
    expected: keys,
    input: ({ conversationId, bystanderId }) => ({ conversationId, userIds: [bystanderId] }),
  },
  'backend.updateGroup': { expected: keys, input: ({ conversationId }) => ({ conversationId, name: 'Another name' }) },
  'backend.setRole': { expected: keys, input: aboutMember((userId) => ({ userId, role: 'admin' })) },
  'backend.transferGroup': { expected: keys, input: aboutMember((userId) => ({ userId })) },
  'backend.muteMember': { expected: keys, input: aboutMember((userId) => ({ userId, forMs: 60_000 })) },
  'backend.muteAll': { expected: keys, input: ({ conversationId }) => ({ conversationId, muted: true }) },
  'backend.dismissGroup': { expected: keys, input: ofIt },
  'backend.getPresence': { expected: keys, input: ({ bystanderId }) => ({ userIds: [bystanderId] }) },
};

function goneOr(kind: string | undefined): Outcome {
  return kind === 'gone' ? 'gone' : 'ok';
}
