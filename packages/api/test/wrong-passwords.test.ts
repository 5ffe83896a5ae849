import { schema } from '@nexo/db';
import { systemConversationId } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { noteWrongPassword } from '../src/auth/note-wrong-password.ts';
import { tellOfWrongPasswords } from '../src/messages/tell-of-wrong-passwords.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';

const hour = 3_600_000;

async function guess(world: World, userId: string, times: number) {
  for (let n = 0; n < times; n++) {
    const login = world.caller().auth.login({ userId, password: 'a wrong guess', platform: 'web' });
    await expect(login).rejects.toMatchObject({ cause: { code: 'WRONG_CREDENTIALS' } });
  }
}

/** As many as that, without the work of looking at them. */
async function note(world: World, userId: string, times: number) {
  for (let n = 0; n < times; n++) await noteWrongPassword(world.services, userId);
}

/** What the system has told this user. */
async function told({ id, caller }: WorldUser): Promise<string[]> {
  const { items } = await caller.conversations.list({});
  if (!items.some((item) => item.id === systemConversationId(id))) return [];
  const page = await caller.messages.list({ conversationId: systemConversationId(id) });
  return page.items.map(({ content }) => (content.type === 'text' ? content.text : content.type));
}

describe('S3: the owner of an account whose password is being guessed', () => {
  test('is told by the system how often, without anything that was tried', async () => {
    await using world = await createWorld();
    const [alice, bob] = [await world.user('alice'), await world.user('bob')];
    await guess(world, 'ALICE', 9);
    await tellOfWrongPasswords(world.services);
    expect(await told(alice)).toEqual([]);
    await alice.caller.auth.changePassword({ currentPassword: 'a wrong guess', newPassword: 'another long one' }).catch(() => {});
    await tellOfWrongPasswords(world.services);
    const texts = await told(alice);
    expect(texts).toEqual([expect.stringContaining('a wrong password for your account 10 times')]);
    expect(texts.join()).not.toContain('guess');
    expect(await told(bob)).toEqual([]);
    expect(world.heard).toContainEqual(
      expect.objectContaining({ kind: 'conversation', conversationId: systemConversationId('alice') }),
    );
  });

  test('is told at most once in six hours, and then of what came since', async () => {
    await using world = await createWorld();
    const alice = await world.user('alice');
    await note(world, 'alice', 12);
    await tellOfWrongPasswords(world.services);
    await note(world, 'alice', 20);
    world.clock.turn(6 * hour - 1);
    await tellOfWrongPasswords(world.services);
    expect(await told(alice)).toHaveLength(1);
    world.clock.turn(1);
    await tellOfWrongPasswords(world.services);
    await tellOfWrongPasswords(world.services);
    expect(await told(alice)).toEqual([expect.stringContaining(' 12 times'), expect.stringContaining(' 20 times')]);
  });

  test('is told once by several nodes at the same time, and by one that died before it could note that', async () => {
    await using world = await createWorld();
    const alice = await world.user('alice');
    await note(world, 'alice', 10);
    const [before] = await world.services.db.orm.select().from(schema.wrongPasswords);
    await Promise.all(Array.from({ length: 5 }, () => tellOfWrongPasswords(world.services)));
    if (before === undefined) throw new Error('nothing was noted');
    await world.services.db.orm.update(schema.wrongPasswords).set({ ...before, tries: 11 });
    await tellOfWrongPasswords(world.services);
    expect(await told(alice)).toEqual([expect.stringContaining(' 10 times')]);
  });

  test('is not told of a slip now and then, nor is anything kept of it', async () => {
    await using world = await createWorld();
    const alice = await world.user('alice');
    for (let day = 0; day < 5; day++) {
      await note(world, 'alice', 3);
      world.clock.turn(25 * hour);
      if (day % 2 === 0) await tellOfWrongPasswords(world.services);
    }
    await tellOfWrongPasswords(world.services);
    expect(await told(alice)).toEqual([]);
    expect(await world.services.db.orm.select().from(schema.wrongPasswords)).toEqual([]);
  });

  test('and who does not exist leaves nothing behind', async () => {
    await using world = await createWorld();
    await guess(world, 'nobody', 2);
    await (await world.backend()).backend.upsertUsers({ users: [{ userId: 'zoe' }] });
    await guess(world, 'zoe', 2);
    expect(await world.services.db.orm.select().from(schema.wrongPasswords)).toEqual([]);
  });
});
