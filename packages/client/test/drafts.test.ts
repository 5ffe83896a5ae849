import { limits } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { draftsInMemory } from '../src/index.ts';
import { makeWorld, type Person, view } from './world.ts';

const draft = ({ client }: Person, id: string) => client.store.draft(id).get();

function goOffline({ device }: Person): void {
  device.offline = true;
  device.cut();
}

function goOnline({ device }: Person): void {
  device.offline = false;
  device.tell('online');
}

/** Alice on two devices, with a chat; and what her devices asked the server to keep. */
async function twoDevices() {
  const world = makeWorld();
  const phone = await world.person('alice');
  await world.person('bob');
  const { id } = await world.during(phone.client.conversations.openDirect('bob'));
  const laptop = await world.anotherDevice('alice');
  const saved: unknown[] = [];
  world.server.intercept = (path, _userId, input) => {
    if (path === 'conversations.update') saved.push((input as { draft: unknown }).draft);
    return undefined;
  };
  return { ...world, phone, laptop, id, saved };
}

describe('drafts', () => {
  it('D1 what is typed is here at once, on the server after a pause, then on the other devices and in the view', async () => {
    const { phone, laptop, id, network, saved } = await twoDevices();
    for (const text of ['h', 'he', 'hello']) {
      phone.client.drafts.set(id, { text });
      expect(draft(phone, id).text).toBe(text);
      await network.run(500);
    }
    expect(saved).toEqual([]);
    expect(phone.client.store.unsavedDrafts.get()).toBe(1);
    await network.run(2_500);
    expect(saved).toEqual([{ text: 'hello' }]);
    expect(draft(laptop, id)).toEqual({ text: 'hello' });
    expect(view(laptop, id).me.draft).toEqual({ text: 'hello' });
    expect(phone.client.store.unsavedDrafts.get()).toBe(0);
  });

  it('D1 who types without a pause has it saved now and then all the same, and at once when they leave', async () => {
    const { phone, laptop, id, network, saved } = await twoDevices();
    for (let n = 0; n < 30; n++) {
      phone.client.drafts.set(id, { text: 'x'.repeat(n + 1) });
      await network.run(500);
    }
    expect(saved.length).toBeGreaterThanOrEqual(1);
    expect(saved.length).toBeLessThanOrEqual(3);
    phone.client.drafts.set(id, { text: 'the end' });
    phone.client.drafts.saveNow(id);
    await network.flush();
    expect(draft(laptop, id).text).toBe('the end');
  });

  it('D1 what is typed while the answer is on its way is saved next, and is no other draft', async () => {
    const { phone, id, network, saved } = await twoDevices();
    phone.client.drafts.set(id, { text: 'one' });
    await network.run(1_400);
    phone.device.delivering = false;
    await network.run(200);
    phone.client.drafts.set(id, { text: 'one two' });
    phone.device.delivering = true;
    await network.run(5_000);
    expect(saved).toEqual([{ text: 'one' }, { text: 'one two' }]);
    expect(draft(phone, id)).toEqual({ text: 'one two' });
  });

  it('D1 what was typed and taken back before it was saved is said once, and then there is nothing to save', async () => {
    const { phone, id, network, saved } = await twoDevices();
    phone.client.drafts.set(id, { text: 'no' });
    phone.client.drafts.set(id, { text: '' });
    await network.run(60_000);
    expect(saved).toEqual([null]);
  });

  it('D2 a message that is sent takes the draft away everywhere', async () => {
    const { phone, laptop, id, network } = await twoDevices();
    phone.client.drafts.set(id, { text: 'hello' });
    await network.run(4_000);
    phone.client.messages.send(id, 'hello');
    phone.client.drafts.set(id, { text: '' });
    await network.run(1_000);
    expect(draft(laptop, id)).toEqual({ text: '' });
    expect(view(laptop, id).me).not.toHaveProperty('draft');
  });

  it('D3 the sequence over devices goes on: what one device wrote, the other changes, and the first follows', async () => {
    const { phone, laptop, id, network } = await twoDevices();
    phone.client.drafts.set(id, { text: 'hello' });
    await network.run(10_000);
    laptop.client.drafts.set(id, { text: 'hello world' });
    await network.run(10_000);
    expect(draft(phone, id)).toEqual({ text: 'hello world' });
    phone.client.drafts.set(id, { text: 'hello world!' });
    await network.run(10_000);
    expect(draft(laptop, id)).toEqual({ text: 'hello world!' });
  });

  it('D4 what is being typed is never replaced: the other draft is offered beside it, and neither is lost', async () => {
    const { phone, laptop, id, network, saved } = await twoDevices();
    goOffline(phone);
    phone.client.drafts.set(id, { text: 'in the tunnel' });
    laptop.client.drafts.set(id, { text: 'at the desk' });
    await network.run(10_000);
    goOnline(phone);
    await network.run(60_000);
    expect(draft(phone, id)).toEqual({ text: 'in the tunnel', other: { text: 'at the desk' } });
    expect(draft(laptop, id)).toEqual({ text: 'at the desk' });
    expect(saved).toEqual([{ text: 'at the desk' }]);

    phone.client.drafts.takeOther(id);
    expect(draft(phone, id)).toEqual({ text: 'at the desk', other: { text: 'in the tunnel' } });
    phone.client.drafts.takeOther(id);
    await network.run(5_000);
    expect(draft(phone, id)).toEqual({ text: 'in the tunnel', other: { text: 'at the desk' } });
    expect(draft(laptop, id)).toEqual({ text: 'in the tunnel' });
    phone.client.drafts.dismissOther(id);
    expect(draft(phone, id)).toEqual({ text: 'in the tunnel' });
  });

  it('D4 who types on with the other one before their eyes has written over it', async () => {
    const { phone, laptop, id, network } = await twoDevices();
    phone.client.drafts.set(id, { text: 'mine' });
    laptop.client.drafts.set(id, { text: 'yours' });
    await network.run(3_000);
    const [held, other] = draft(phone, id).other === undefined ? [laptop, phone] : [phone, laptop];
    expect(draft(other, id).other).toBeUndefined();
    await network.run(10_000);
    held.client.drafts.set(id, { text: 'both' });
    await network.run(20_000);
    expect(draft(other, id)).toEqual({ text: 'both' });
    expect(draft(held, id).text).toBe('both');
  });

  it('D5 an answer that was lost makes no second draft of one’s own words', async () => {
    const { phone, id, network, server } = await twoDevices();
    let isLost = false;
    server.intercept = (path) => {
      if (path !== 'conversations.update' || isLost) return undefined;
      isLost = true;
      return 'silent';
    };
    phone.client.drafts.set(id, { text: 'first' });
    await network.run(1_600);
    phone.client.drafts.set(id, { text: 'first and more' });
    goOffline(phone);
    await network.run(5_000);
    goOnline(phone);
    await network.run(60_000);
    expect(isLost).toBe(true);
    expect(draft(phone, id)).toEqual({ text: 'first and more' });
    expect(view(phone, id).me.draft).toEqual({ text: 'first and more' });
  });

  it('D6 what was not saved survives the end of the program, and is saved when it is back', async () => {
    const { phone, laptop, id, network, start, during } = await twoDevices();
    await during(phone.client.stop());
    const draftMemory = draftsInMemory();
    const before = start({ draftMemory });
    await during(before.client.auth.login({ userId: 'alice', password: 'correct horse' }));
    goOffline(before);
    before.client.drafts.set(id, { text: 'unfinished' });
    await during(before.client.stop());
    const after = start({ draftMemory });
    await during(after.client.auth.login({ userId: 'alice', password: 'correct horse' }));
    expect(draft(after, id)).toEqual({ text: 'unfinished' });
    await network.run(10_000);
    expect(draft(laptop, id)).toEqual({ text: 'unfinished' });
    await during(after.client.auth.logout());
    expect(draft(after, id)).toEqual({ text: '' });
    expect(draftMemory.load('alice').size).toBe(0);
  });

  it('D7 one that is too long for the server stays here, and is counted as such', async () => {
    const { phone, id, network, saved } = await twoDevices();
    phone.client.drafts.set(id, { text: 'x'.repeat(limits.draftMaxBytes + 1) });
    await network.run(20_000);
    expect(saved).toEqual([]);
    expect(phone.client.store.unsavedDrafts.get()).toBe(1);
    phone.client.drafts.set(id, { text: 'shorter' });
    await network.run(4_000);
    expect(saved).toEqual([{ text: 'shorter' }]);
  });

  it('D8 what it answers goes with it; of a message that is not loaded there the words are fetched', async () => {
    const { phone, laptop, id, network, during } = await twoDevices();
    await during(phone.client.messages.send(id, 'the question').acknowledged);
    phone.client.drafts.set(id, { text: 'well', replyTo: { seq: 1, senderId: 'alice', excerpt: 'the question' } });
    await network.run(10_000);
    expect(draft(laptop, id)).toEqual({
      text: 'well',
      replyTo: { seq: 1, senderId: 'alice', excerpt: 'the question' },
    });
  });
});
