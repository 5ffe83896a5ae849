import { type DraftView, newId } from '@nexo/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKey } from '../src/backend/keys.ts';
import { appRouter } from '../src/index.ts';
import { type Caller, createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { groupOf, people, refusalOf, text } from './scene.ts';

/**
 * What a text in an input is. A `person` is known to everybody, a `conversation` looks to strangers like none (A2), a `bearer` lets in
 * whoever has it, a `words` names nothing. A `thing` belongs to somebody, as does a `place` in a list of theirs and the name that a
 * client gave: each input that takes one is tried below.
 */
type Sort = 'person' | 'conversation' | 'bearer' | 'words' | 'thing' | 'place' | 'clientName';

const sorts: Record<Sort, readonly string[]> = {
  person: ['userId', 'userIds', 'memberIds', 'successorId', 'ownerId', 'senderId', 'toUserId'],
  conversation: ['conversationId', 'fromConversationId', 'id'],
  bearer: ['password', 'currentPassword', 'ticket', 'refreshToken', 'code'],
  words: [
    ...['displayName', 'deviceName', 'newPassword', 'avatarUrl', 'bio', 'name', 'introduction', 'announcement', 'nickname'],
    ...[
      'message',
      'remark',
      'text',
      'query',
      'emoji',
      'url',
      'mediaType',
      'thumbhash',
      'caption',
      'posterUrl',
      'kind',
      'fallback',
      'fields',
    ],
    // Of the database, and the same for everybody.
    'epoch',
  ],
  thing: ['sessionId', 'sessionIds', 'toConversationIds', 'pinAfter'],
  place: ['cursor', 'after', 'upTo'],
  clientName: ['clientMessageId', 'clientGroupId', 'clientForwardId'],
};

/** What names somebody's own thing although its name says something else: a request by who made it, a link by what lets in. */
const alsoThings = [
  ...['contacts.respond userId', 'contacts.cancelRequest userId', 'contacts.update userId', 'contacts.remove userId'],
  ...['contacts.unblock userId', 'groups.respond userId', 'groups.withdraw conversationId', 'groups.revokeLink code'],
];

/** Every text of every input, as `messages.send conversationId`. */
const inputs = Object.entries(appRouter._def.procedures).flatMap(([path, procedure]) => {
  const { inputs: schemas } = (procedure as unknown as { _def: { inputs: unknown[] } })._def;
  return [...new Set(schemas.flatMap((schema) => [...textsOf(schema)]))].map((field) => `${path} ${field}`);
});

function* textsOf(schema: unknown, name = ''): Generator<string> {
  const { def } = (schema as { _zod: { def: Record<string, unknown> & { type: string } } })._zod;
  if (def.type === 'string') yield name;
  else if (def.type === 'object') for (const [key, inner] of Object.entries(def.shape as object)) yield* textsOf(inner, key);
  else if (def.type === 'union') for (const option of def.options as unknown[]) yield* textsOf(option, name);
  else
    for (const inner of [def.element, def.innerType, def.in, def.valueType]) if (inner !== undefined) yield* textsOf(inner, name);
}

const sortOf = (field: string) => (Object.keys(sorts) as Sort[]).find((sort) => sorts[sort].includes(field));
const fieldOf = (input: string) => input.split(' ')[1] ?? '';
/** The customer’s server writes and makes groups for whom it names: there is nobody whose name could be another’s. */
const isTried = (input: string) =>
  alsoThings.includes(input) ||
  sortOf(fieldOf(input)) === 'thing' ||
  (['place', 'clientName'].includes(sortOf(fieldOf(input)) ?? '') && !input.startsWith('backend.'));

let world: World;
let alice: WorldUser;
let bob: WorldUser;
let backend: Caller;
/** Of each a group, and one of all. */
let ofAlice: string;
let ofBob: string;
let ofBoth: string;

beforeAll(async () => {
  world = await createWorld();
  [alice, bob] = await people(world, 'alice', 'bob', 'carol', 'dave', 'erin');
  ofAlice = await groupOf(alice);
  ofBob = await groupOf(bob);
  ofBoth = await groupOf(alice, bob);
  backend = await world.backend();
});
afterAll(() => world[Symbol.asyncDispose]());

interface Trial {
  /** What is Alice’s, and what it is compared with: an id that nobody has, or a person who has none. */
  theirs: string;
  madeUp: string;
  /** Bob tries. */
  attempt(id: string): Promise<unknown>;
  /** Alice’s, as it is: the attempt changes nothing of it. */
  state(): Promise<unknown>;
}

async function carolAndDave() {
  const as = async (userId: string) => {
    const { accessToken = '' } = await backend.backend.mintSession({ userId, platform: 'web' });
    return world.callerWith(accessToken);
  };
  return { carol: await as('carol'), dave: await as('dave') };
}

/** Carol has asked Alice for something; Dave has not. */
async function requestOf(attempt: Trial['attempt']): Promise<Trial> {
  const { carol } = await carolAndDave();
  await carol.contacts.request({ userId: 'alice' });
  const state = () => alice.caller.contacts.requests({ direction: 'incoming' });
  return { theirs: 'carol', madeUp: 'dave', attempt, state };
}

/** Alice has Erin as a contact, and has blocked her; Bob has neither. */
async function tieOf(attempt: Trial['attempt']): Promise<Trial> {
  const { accessToken = '' } = await backend.backend.mintSession({ userId: 'erin', platform: 'web' });
  const erin = await world.callerWith(accessToken);
  if ((await alice.caller.contacts.list({})).items.length === 0) {
    await erin.contacts.request({ userId: 'alice' });
    await alice.caller.contacts.respond({ userId: 'erin', accept: true });
    await alice.caller.contacts.block({ userId: 'erin' });
  }
  const state = async () => [await alice.caller.contacts.list({}), await alice.caller.contacts.blocks({})];
  return { theirs: 'erin', madeUp: 'dave', attempt, state };
}

const note = (words: string): DraftView => ({ text: words });

const trials: Record<string, () => Promise<Trial>> = {
  'auth.revokeSession sessionId': async () => ({
    ...{ theirs: alice.session.id, madeUp: newId() },
    attempt: (sessionId) => bob.caller.auth.revokeSession({ sessionId }),
    state: async () => (await (await world.callerWith(alice.accessToken)).users.me()).id,
  }),
  'backend.revokeSessions sessionIds': async () => ({
    ...{ theirs: alice.session.id, madeUp: newId() },
    attempt: (sessionId) => backend.backend.revokeSessions({ userId: 'bob', sessionIds: [sessionId] }),
    state: async () => (await (await world.callerWith(alice.accessToken)).users.me()).id,
  }),

  'groups.revokeLink code': async () => {
    const { code } = await alice.caller.groups.createLink({ conversationId: ofAlice });
    return {
      ...{ theirs: code, madeUp: 'x'.repeat(code.length) },
      attempt: (made) => bob.caller.groups.revokeLink({ conversationId: ofBob, code: made }),
      state: () => alice.caller.groups.links({ conversationId: ofAlice }),
    };
  },
  'groups.respond userId': async () => {
    const { carol } = await carolAndDave();
    await alice.caller.groups.update({ conversationId: ofAlice, joinMode: 'approval' });
    await carol.groups.join({ conversationId: ofAlice });
    return {
      ...{ theirs: 'carol', madeUp: 'nobody' },
      attempt: (userId) => bob.caller.groups.respond({ conversationId: ofBob, userId, accept: true }),
      state: () => alice.caller.groups.requests({ conversationId: ofAlice }),
    };
  },
  'groups.withdraw conversationId': async () => {
    const { dave } = await carolAndDave();
    await alice.caller.groups.update({ conversationId: ofAlice, joinMode: 'approval' });
    await dave.groups.join({ conversationId: ofAlice });
    return {
      ...{ theirs: ofAlice, madeUp: newId() },
      attempt: (conversationId) => bob.caller.groups.withdraw({ conversationId }),
      state: () => alice.caller.groups.requests({ conversationId: ofAlice }),
    };
  },

  'contacts.respond userId': () => requestOf((userId) => bob.caller.contacts.respond({ userId, accept: true })),
  'contacts.cancelRequest userId': () => requestOf((userId) => bob.caller.contacts.cancelRequest({ userId })),
  'contacts.update userId': () => tieOf((userId) => bob.caller.contacts.update({ userId, pinned: true })),
  'contacts.remove userId': () => tieOf((userId) => bob.caller.contacts.remove({ userId })),
  'contacts.unblock userId': () => tieOf((userId) => bob.caller.contacts.unblock({ userId })),

  'messages.forward toConversationIds': async () => {
    const { message } = await bob.caller.messages.send(text(ofBob));
    const from = { fromConversationId: ofBob, seqs: [message.seq] };
    return {
      ...{ theirs: ofAlice, madeUp: newId() },
      attempt: (id) => bob.caller.messages.forward({ ...from, toConversationIds: [id], clientForwardId: newId() }),
      state: () => alice.caller.messages.list({ conversationId: ofAlice }),
    };
  },
  'conversations.update pinAfter': async () => {
    await alice.caller.conversations.update({ conversationId: ofAlice, pinned: true });
    return {
      ...{ theirs: ofAlice, madeUp: newId() },
      attempt: async (pinAfter) => {
        await bob.caller.conversations.update({ conversationId: ofBob, pinned: true, pinAfter });
        return (await bob.caller.conversations.get({ conversationId: ofBob })).me.pinnedAt;
      },
      state: () => alice.caller.conversations.get({ conversationId: ofAlice }),
    };
  },

  'messages.send clientMessageId': async () => {
    const { message } = await alice.caller.messages.send(text(ofBoth, 'of alice'));
    return {
      ...{ theirs: message.clientMessageId, madeUp: newId() },
      attempt: async (clientMessageId) => {
        const sent = await bob.caller.messages.send({ ...text(ofBoth, 'of bob'), clientMessageId });
        return [sent.deduplicated, sent.message.senderId, sent.message.content];
      },
      state: () => alice.caller.messages.get({ conversationId: ofBoth, seqs: [message.seq] }),
    };
  },
  'groups.create clientGroupId': async () => {
    const clientGroupId = newId();
    const { id } = await alice.caller.groups.create({ name: 'Of Alice', memberIds: [], clientGroupId });
    return {
      ...{ theirs: clientGroupId, madeUp: newId() },
      attempt: async (made) => {
        const group = await bob.caller.groups.create({ name: 'Of Bob', memberIds: [], clientGroupId: made });
        return [group.id === id, group.title, group.me.role, group.head];
      },
      state: () => alice.caller.groups.members({ conversationId: id }),
    };
  },
  'messages.forward clientForwardId': async () => {
    const clientForwardId = newId();
    const { message } = await alice.caller.messages.send(text(ofBoth, 'pass me on'));
    const from = { fromConversationId: ofBoth, seqs: [message.seq], toConversationIds: [ofBoth] };
    await alice.caller.messages.forward({ ...from, clientForwardId });
    return {
      ...{ theirs: clientForwardId, madeUp: newId() },
      attempt: async (made) => {
        const { results } = await bob.caller.messages.forward({ ...from, clientForwardId: made });
        return results.map(({ messages }) => messages.map(({ senderId, content }) => [senderId, content]));
      },
      state: () => alice.caller.messages.get({ conversationId: ofBoth, seqs: [message.seq, message.seq + 1] }),
    };
  },
};

/** Each list, read from a place in it on. */
const lists: Record<string, (caller: Caller, place: object) => Promise<unknown>> = {
  'contacts.list cursor': (caller, place) => caller.contacts.list({ limit: 1, ...place }),
  'contacts.blocks cursor': (caller, place) => caller.contacts.blocks({ limit: 1, ...place }),
  'contacts.requests cursor': (caller, place) => caller.contacts.requests({ direction: 'incoming', limit: 1, ...place }),
  'conversations.list cursor': (caller, place) => caller.conversations.list({ limit: 1, ...place }),
  'groups.members cursor': (caller, place) => caller.groups.members({ conversationId: ofBoth, limit: 1, ...place }),
  'groups.requests cursor': (caller, place) => caller.groups.requests({ limit: 1, ...place }),
  'messages.reactions cursor': (caller, place) =>
    caller.messages.reactions({ conversationId: ofBoth, seq: 1, emoji: '👍', limit: 1, ...place }),
  'sync.snapshot cursor': (caller, place) => caller.sync.snapshot({ limit: 1, ...place }),
  'sync.resume after': (caller, place) => resume(caller, place),
  'sync.resume upTo': (caller, place) => resume(caller, place),
};

async function resume(caller: Caller, place: object) {
  const { epoch } = await caller.sync.snapshot({});
  return caller.sync.resume({ epoch, userChange: 0, conversations: [], ...place });
}

test('A9 it is known of every text of every input whether it names something of somebody’s own', () => {
  expect(inputs.length).toBeGreaterThan(100);
  expect(inputs.filter((input) => sortOf(fieldOf(input)) === undefined)).toEqual([]);
  expect(alsoThings.filter((input) => !inputs.includes(input))).toEqual([]);
});

test('A9 every input that does is tried', () => {
  expect([...Object.keys(trials), ...Object.keys(lists)].sort()).toEqual(inputs.filter(isTried).sort());
});

describe('A9 what is another’s looks like nothing at all, and stays as it is', () => {
  test.each(Object.entries(trials))('A9 %s', async (_, prepare) => {
    const { theirs, madeUp, attempt, state } = await prepare();
    const before = await state();
    const outcome = async (id: string) => {
      const call = attempt(id);
      const answer = await call.catch(() => refusalOf(call));
      return JSON.stringify(answer ?? 'nothing').replaceAll(id, 'it');
    };
    const real = await outcome(theirs);
    expect(real).toBe(await outcome(madeUp));
    expect(await state()).toEqual(before);
  });

  test.each(Object.entries(lists))('A9 %s: a place in their list shows nothing of it', async (input, read) => {
    await requestOf(async () => {});
    await tieOf(async () => {});
    const { nextCursor } = (await read(alice.caller, {})) as { nextCursor?: string | null };
    const field = fieldOf(input);
    for (const place of [nextCursor ?? ofAlice, ofAlice, 'a']) {
      const call = read(bob.caller, { [field]: place });
      const answer = JSON.stringify(await call.catch(() => refusalOf(call)));
      for (const theirs of [ofAlice, 'erin', 'carol']) expect(answer, place).not.toContain(`"${theirs}"`);
    }
  });

  test('A9 a draft of another device of another person', async () => {
    const both = { conversationId: ofBoth };
    for (const words of ['one', 'two']) {
      const { me } = await alice.caller.conversations.get(both);
      await alice.caller.conversations.update({ ...both, draft: note(words), draftOver: me.draftVersion ?? 0 });
    }
    expect((await bob.caller.conversations.get(both)).me.draft).toBeUndefined();
    await bob.caller.conversations.update({ ...both, draft: null, draftOver: 2 });
    expect((await alice.caller.conversations.get(both)).me.draft).toEqual(note('two'));
  });
});

test('A9 what lets in, or names a session, cannot be guessed', async () => {
  const made = async () => {
    const {
      accessToken = '',
      refreshToken = '',
      session,
    } = await backend.backend.mintSession({ userId: 'bob', platform: 'web' });
    const { ticket } = await backend.backend.mintTicket({ userId: 'bob' });
    const { code } = await bob.caller.groups.createLink({ conversationId: ofBob });
    const { key } = await createKey(world.services, { name: 'x', scopes: [] });
    await bob.caller.groups.revokeLink({ conversationId: ofBob, code });
    return { accessToken, refreshToken, ticket, code, key, session: session.id };
  };
  const all = [];
  for (let n = 0; n < 20; n++) all.push(await made());
  for (const { session, ...bearers } of all) {
    // Base64url, six bits a letter, at least 128 of them by chance; the name before them says what it is.
    for (const [what, token] of Object.entries(bearers)) expect(token, what).toMatch(/^(nx\w_)?[\w-]{22,}$/);
    // A UUIDv7: 74 bits by chance, behind the time.
    expect(session).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  }
  const last = (value: string) => value.slice(-12);
  for (const what of Object.keys(all[0] ?? {}) as (keyof (typeof all)[number])[]) {
    expect(new Set(all.map((one) => last(one[what]))).size, what).toBe(all.length);
  }
});
