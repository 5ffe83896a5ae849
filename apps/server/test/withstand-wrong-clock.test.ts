import { createTestDatabase } from '@nexo/db/testing';
import { type Person, registerPerson, startServerProcess } from '@nexo/lab/harness';
import { expect, it, onTestFinished, vi } from 'vitest';

const threeHoursMs = 3 * 3_600_000;
const offsets = { ahead: threeHoursMs, right: 0, behind: -threeHoursMs };

it('a device clock three hours wrong: nothing in order, dates or unread changes', async () => {
  await using database = await createTestDatabase();
  const server = await startServerProcess({ databaseUrl: database.url, code: 'source' });
  onTestFinished(() => server.stop());

  const people: Person[] = [];
  for (const [id, offsetMs] of Object.entries(offsets)) {
    const person = await registerPerson(server.url, id, { runtime: { now: () => Date.now() + offsetMs } });
    onTestFinished(() => person.client.stop());
    people.push(person);
  }
  const [ahead, right, behind] = people as [Person, Person, Person];
  const from = Date.now();

  // Two groups, so that the order of the list is at stake too; the older one is spoken in last.
  const groups: string[] = [];
  for (const name of ['older', 'newer']) {
    const { id } = await right.client.groups.create({ name, memberIds: ['ahead', 'behind'] });
    groups.push(id);
    for (const { client } of people) await vi.waitFor(() => expect(client.store.conversation(id).get()).toBeDefined());
  }
  const [older, newer] = groups as [string, string];
  for (const { client } of people) await Promise.all(groups.map((id) => client.conversations.open(id)));

  const say = async (person: Person, conversationId: string, text: string) => {
    const sent = person.client.messages.send(conversationId, text);
    // Before the server has said a word, it already stands where it belongs and bears about the right time.
    const pending = person.client.store.timeline(conversationId).get().items.at(-1);
    expect(pending?.key).toBe(sent.clientMessageId);
    expect(Math.abs((pending?.sentAt ?? 0) - Date.now())).toBeLessThan(60_000);
    await sent.acknowledged;
  };
  await say(ahead, newer, 'first');
  await say(behind, older, 'one');
  await say(ahead, older, 'two');
  await say(right, older, 'three');
  await say(behind, older, 'four');
  const to = Date.now();

  const seen = (person: Person) => {
    const { store } = person.client;
    return {
      list: store.conversationIds.get(),
      conversations: groups.map((id) => {
        const view = store.conversation(id).get();
        return { head: view?.head, activeAt: view?.activeAt };
      }),
      messages: groups.map((id) =>
        store
          .timeline(id)
          .get()
          .items.map(({ key, seq, sentAt }) => ({ key, seq, sentAt })),
      ),
    };
  };
  const expected = { head: expect.objectContaining({ seq: 5 }), activeAt: expect.any(Number) };
  for (const person of people) await vi.waitFor(() => expect(seen(person).conversations[0]).toEqual(expected));
  expect(seen(ahead)).toEqual(seen(right));
  expect(seen(behind)).toEqual(seen(right));
  expect(seen(right).list).toEqual([older, newer]);
  for (const { sentAt } of seen(ahead).messages.flat()) {
    expect(sentAt).toBeGreaterThanOrEqual(from - 1_000);
    expect(sentAt).toBeLessThanOrEqual(to + 1_000);
  }

  const unread = (person: Person) => groups.map((id) => person.client.store.conversation(id).get()?.me.unread);
  await vi.waitFor(() =>
    expect(people.map(unread)).toEqual([
      [2, 0],
      [1, 1],
      [0, 1],
    ]),
  );
  for (const person of people) {
    for (const [i, id] of groups.entries()) {
      const view = await person.client.trpc.conversations.get.query({ conversationId: id });
      expect(view.me.unread).toBe(unread(person)[i]);
    }
  }
}, 120_000);
