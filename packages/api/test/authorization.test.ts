import { AppError, newId } from '@nexo/shared';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { toAppError } from '../src/errors.ts';
import { appRouter } from '../src/index.ts';
import { type Caller, createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { type Actor, actors } from './authorization.actors.ts';
import { type Procedure, type Row, type Scene, table } from './authorization.table.ts';

/** Said after the ex-member had left, in a group of a name that only those know who were ever in it. */
const secretText = 'only for those who stayed';
const secretName = 'Group of secrets';
/** Of everybody, and for nobody. */
const privateFields = { reach: 'someone@private.example', call: '+49 30 1234567' };

/** Who asks without being a person. */
type Servers = 'key' | 'keyWithoutScope';
type Person = Exclude<Actor, Servers | 'nobody'>;

let world: World;
let people: Record<Person, WorldUser> & { bystander: WorldUser };
let servers: Record<Servers, Caller>;
let epoch: string;
/** Of who is blocked with the owner. */
let directId: string;

beforeAll(async () => {
  world = await createWorld();
  const [stranger, blocked, exMember] = [await world.user('stranger'), await world.user('blocked'), await world.user('exMember')];
  const [member, muted, admin] = [await world.user('member'), await world.user('muted'), await world.user('admin')];
  const [owner, suspended] = [await world.user('owner'), await world.user('suspended')];
  const bystander = await world.user('bystander');
  people = { stranger, blocked, exMember, member, muted, admin, owner, suspended, bystander };
  servers = { key: await world.backend(), keyWithoutScope: await world.backend([]) };
  directId = (await blocked.caller.conversations.openDirect({ userId: owner.id })).id;
  for (const one of [owner, member, bystander]) await one.caller.contacts.block({ userId: blocked.id });
  ({ epoch } = await owner.caller.sync.snapshot({}));
  await world.services.db.sql`update users set private_fields = ${JSON.stringify(privateFields)}::text::jsonb`;
});
afterAll(() => world[Symbol.asyncDispose]());

const procedures = Object.keys(appRouter._def.procedures).sort() as Procedure[];

/** How many input schemas a procedure has: the one thing that its type does not say. */
function inputsOf(path: string): number {
  const found: unknown = Object.entries(appRouter._def.procedures).find(([name]) => name === path)?.[1];
  return (found as { _def: { inputs: unknown[] } })._def.inputs.length;
}

test('A1 every procedure has a row in the authorization table, and every row a procedure', () => {
  expect(Object.keys(table).sort()).toEqual(procedures);
});

test('a row has an input exactly when its procedure takes one', () => {
  const withInput = procedures.filter((path) => inputsOf(path) > 0);
  expect(procedures.filter((path) => table[path].input !== undefined)).toEqual(withInput);
});

test('A8 what the leak scan looks for is there for a member to see', async () => {
  const scene = await setScene('member');
  const { answer } = await call(scene.asker.caller, 'sync.changes', { conversationId: scene.conversationId, since: 0 }, {});
  expect(JSON.stringify(answer)).toContain(secretText);
  expect(JSON.stringify(answer)).toContain(secretName);
});

describe.each(procedures)('%s', (path) => {
  const row = table[path];
  /** Whoever is refused leaves it as it was. */
  let untouched: Scene | undefined;

  test.each(actors)('A1 A8 called as %s: the outcome of the table, nothing leaked', async (actor) => {
    const expected = row.expected[actor];
    const isShared = expected !== 'ok' && actor !== 'blocked';
    if (isShared) untouched ??= await setScene('owner');
    const scene = isShared && untouched !== undefined ? { ...untouched, asker: askerOf(actor) } : await setScene(actor);
    const input = await row.input?.(scene);
    const { outcome, answer } = await call(await callerOf(scene, actor, path), path, input, row);
    expect(outcome).toBe(expected);
    const said = JSON.stringify(answer) ?? '';
    if (actor !== 'nobody' && !mayRead.has(actor)) expect(said).not.toContain(secretText);
    if (['stranger', 'blocked', 'suspended'].includes(actor)) expect(said).not.toContain(secretName);
    for (const value of Object.values(privateFields)) expect(said).not.toContain(value);
    // Neither a hash nor a token, where none is handed out.
    if (row.handsOut === undefined) expect(said).not.toMatch(/\$argon2|nx[ark]_[\w-]{20}/);
    const telling = [...new Set(fieldsOf(answer))].filter((field) => tellingField.test(field));
    expect(telling.sort()).toEqual(outcome === 'ok' ? (row.handsOut ?? []) : []);
  });

  if (row.expected.stranger !== 'ok' && row.expected.stranger !== 'UNAUTHENTICATED')
    test('A2 to a stranger a conversation looks like one that does not exist', async () => {
      const scene = await setScene('stranger');
      const caller = await callerOf(scene, 'stranger', path);
      const conversationId = newId();
      const real = await call(caller, path, await row.input?.(scene), row);
      const unreal = await call(caller, path, await row.input?.({ ...scene, conversationId }), row);
      expect(plain(unreal, conversationId)).toEqual(plain(real, scene.conversationId));
    });

  if (row.input !== undefined)
    test('A7 keys that no schema knows are refused, in the input and in every object inside it', async () => {
      const scene = await setScene('owner');
      const caller = await callerOf(scene, goodActor(path), path);
      const input = await row.input?.(scene);
      const variants = [...withExtraKey(input)];
      expect(variants.length).toBeGreaterThan(0);
      for (const variant of variants) {
        const { outcome } = await call(caller, path, variant, row);
        expect(outcome, JSON.stringify(variant)).toBe('INVALID_INPUT');
      }
      for (const wrong of [null, 'text', 7, [input], { $gt: '' }]) {
        expect((await call(caller, path, wrong, row)).outcome, JSON.stringify(wrong)).toBe('INVALID_INPUT');
      }
      expect((await call(caller, path, input, row)).outcome).toBe('ok');
    });

  if (row.input !== undefined)
    test('no value in any place of the input makes a fault', async () => {
      // A password may well be changed by this.
      const owner = await world.user(`owner-${newId()}`);
      const input = await row.input?.(await setScene('owner', owner));
      for (const variant of withHostileValue({ ...optionalFields, ...input })) {
        const given = Object.fromEntries(Object.entries(variant ?? {}).filter(([, value]) => value !== undefined));
        const { outcome } = await call(path.startsWith('backend.') ? servers.key : owner.caller, path, given, row);
        expect(outcome, JSON.stringify(given).slice(0, 300)).not.toBe('UNAVAILABLE');
      }
    });
});

/** Who is there when the secret is said. */
const mayRead = new Set<Actor>(['member', 'muted', 'admin', 'owner', 'key', 'keyWithoutScope']);

/** The person of this name; for who is none, the owner, so that the input is good. */
function askerOf(actor: Actor): WorldUser {
  return actor === 'nobody' || isServer(actor) ? people.owner : people[actor];
}

/** What `actor` asks about: a fresh group, in which the secret was said after the ex-member had left, or a direct conversation. */
async function setScene(actor: Actor, owner = people.owner): Promise<Scene> {
  const { member, muted, admin, exMember, suspended, bystander } = people;
  const common = { world, asker: actor === 'owner' ? owner : askerOf(actor), bystanderId: bystander.id, epoch };
  const say = (conversationId: string, text: string) =>
    owner.caller.messages.send({ conversationId, clientMessageId: newId(), content: { type: 'text', text } });
  if (actor === 'blocked') {
    await owner.caller.contacts.unblock({ userId: 'blocked' });
    const { message } = await say(directId, 'before the block');
    await owner.caller.contacts.block({ userId: 'blocked' });
    return { ...common, conversationId: directId, seq: message.seq };
  }
  const memberIds = [member, muted, admin, exMember, suspended].map(({ id }) => id);
  const { id: conversationId } = await owner.caller.groups.create({ name: secretName, memberIds });
  await owner.caller.groups.setRole({ conversationId, userId: admin.id, role: 'admin' });
  await owner.caller.groups.muteMember({ conversationId, userId: muted.id, forMs: 3_600_000 });
  const { message } = await say(conversationId, 'for all of them');
  await exMember.caller.groups.leave({ conversationId });
  await say(conversationId, secretText);
  return { ...common, conversationId, seq: message.seq };
}

function isServer(actor: Actor): actor is Servers {
  return actor === 'key' || actor === 'keyWithoutScope';
}

/** Whose call of this procedure is a good one. */
function goodActor(path: string): Actor {
  return path.startsWith('backend.') ? 'key' : 'owner';
}

/** Calls of `auth` end sessions: they get one of their own. */
async function callerOf({ asker }: Scene, actor: Actor, path: string): Promise<Caller> {
  if (actor === 'nobody') return world.caller();
  if (isServer(actor)) return servers[actor];
  if (actor === 'suspended') return suspendedCaller();
  if (!path.startsWith('auth.')) return asker.caller;
  const { accessToken } = await world.caller().auth.login({ userId: asker.id, password: asker.password, platform: 'web' });
  return world.callerWith(accessToken ?? '');
}

/** Comes with an access token that was good, and was known to be, until the account was suspended. */
async function suspendedCaller(): Promise<Caller> {
  const { backend } = servers.key;
  const { accessToken = '' } = await backend.mintSession({ userId: people.suspended.id, platform: 'ios' });
  await (await world.callerWith(accessToken)).users.me();
  await backend.suspendUsers({ userIds: [people.suspended.id] });
  onTestFinished(() => backend.restoreUsers({ userIds: [people.suspended.id] }).then(() => {}));
  return world.callerWith(accessToken);
}

async function call(
  caller: Caller,
  path: string,
  input: unknown,
  row: Pick<Row, 'outcome'>,
): Promise<{ outcome: string; answer: unknown }> {
  try {
    const [noun = '', verb = ''] = path.split('.');
    const answer = await (caller as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>)[noun]?.[
      verb
    ]?.(input);
    const first = isStream(answer) ? await firstOf(answer) : answer;
    return { outcome: row.outcome?.(first) ?? 'ok', answer: first };
  } catch (error) {
    const refusal = toAppError(error);
    expect(refusal).toBeInstanceOf(AppError);
    if (refusal.code === 'INTERNAL') throw error;
    return { outcome: refusal.code, answer: { message: refusal.message, ...refusal.toData() } };
  }
}

function isStream(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
}

async function firstOf(stream: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of stream) return item;
  return undefined;
}

/** Fields whose name says that they should not be in an answer. */
const tellingField = /password|hash|token|secret|credential|private|settings|e-?mail|phone|^ip$|address$/i;

function* fieldsOf(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) yield key;
    yield* fieldsOf(inner);
  }
}

/** The value again and again, each time with an unknown key in another one of its objects. */
function* withExtraKey(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) {
      for (const changed of withExtraKey(inner)) yield value.with(index, changed);
    }
    return;
  }
  for (const key of ['unknownKey', 'role', 'senderId', 'createdAt']) yield { ...value, [key]: 1 };
  for (const [key, inner] of Object.entries(value)) {
    for (const changed of withExtraKey(inner)) yield { ...value, [key]: changed };
  }
}

/** Fields that no row gives: where they exist they are tried too. */
const optionalFields = Object.fromEntries(
  ['cursor', 'before', 'after', 'around', 'upTo', 'limit', 'deviceName', 'avatarUrl', 'clientGroupId'].map((key) => [
    key,
    undefined,
  ]),
);

const hostileValues = [
  ...['', ' ', '\0', 'a\0b\0c\0d', '\ud800', 'x'.repeat(200_000), "'; drop table users; --", '%_\\', '__proto__', '\u202e'],
  ...[-1, 0, 0.5, 2 ** 31, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e308],
  ...[null, true, {}, [], { $gt: '' }, Array.from({ length: 1_000 }, (_, n) => n), new Date(0)],
];

/** The value again and again, each time with something hostile in another one of its places. */
function* withHostileValue(value: unknown): Generator<unknown> {
  if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      for (const changed of withHostileValue(inner)) {
        yield Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
      }
    }
  }
  yield* hostileValues;
}

/** An answer without what differs from call to call: the id that was asked for, and counters of time. */
function plain(answer: unknown, conversationId: string): unknown {
  const moving = new Set(['serverTime', 'userChange']);
  return JSON.parse(
    JSON.stringify(answer, (key, value) => (moving.has(key) ? 0 : value)).replaceAll(conversationId, 'the group'),
  );
}
