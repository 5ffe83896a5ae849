import { createKey } from '@nexo/api';
import { applyEvent, applySnapshot, type ClientState, emptyState } from '@nexo/client/testing';
import { type ConversationView, type StreamItem, scopes } from '@nexo/shared';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { aMessage, httpClient, type LiveClient, liveClient, startTestServer, type TestServer } from './gateway/harness.ts';

const names = ['alice', 'bob', 'carol', 'dave'] as const;
export type Name = (typeof names)[number];

/**
 * For each verb: what everybody had before, plus the events they were sent, is what they would fetch now. The reducer is the very
 * one of the engine. Four people on a server of their own, for the tests of one file, which are one story.
 */
export function equalState() {
  let server: TestServer;
  const live = new Map<Name, LiveClient>();
  const atFirst = new Map<Name, ClientState>();
  let customer: ReturnType<typeof httpClient>;

  beforeAll(async () => {
    server = await startTestServer();
    const { key } = await createKey(server.services, { name: 'test', scopes });
    customer = httpClient(server.url, key);
    for (const name of names) live.set(name, await liveClient(server.url, (await server.user(name)).token));
    for (const name of names) atFirst.set(name, await fetchState(name));
  });

  afterAll(async () => {
    for (const client of live.values()) await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  function as(name: Name): LiveClient {
    const client = live.get(name);
    if (client === undefined) throw new Error(`${name} is not here`);
    return client;
  }

  async function fetchState(name: Name): Promise<ClientState> {
    return applySnapshot(emptyState, await as(name).trpc.sync.snapshot.query({}), true);
  }

  /** Runs a verb and compares, for everybody. What has no event must not be visible. */
  async function verify(verb: () => Promise<unknown>, expectedTypes: Partial<Record<Name, StreamItem['type'][]>>): Promise<void> {
    const before = new Map<Name, ClientState>();
    const seen = new Map<Name, number>();
    for (const name of names) {
      before.set(name, await fetchState(name));
      seen.set(name, as(name).items.length);
    }
    await verb();
    for (const name of names) {
      const fresh = plain(await fetchState(name));
      const since = () =>
        as(name)
          .items.slice(seen.get(name))
          .filter((item) => item.type !== 'positions');
      // The events may be on their way still.
      await vi.waitFor(() => {
        const replayed = since().reduce(applyEvent, before.get(name) ?? emptyState);
        expect(plain(replayed), name).toEqual(fresh);
      });
      expect(
        since().map((item) => item.type),
        name,
      ).toEqual(expectedTypes[name] ?? []);
    }
  }

  /** Waits until everybody has heard of all that was done so far. */
  async function heard(): Promise<void> {
    for (const name of names) {
      const fresh = plain(await fetchState(name));
      await vi.waitFor(() =>
        expect(plain(as(name).items.reduce(applyEvent, atFirst.get(name) ?? emptyState)), name).toEqual(fresh),
      );
    }
  }

  /** Alice and Bob, who have said something: she twice, then he. */
  async function talkingPair(): Promise<ConversationView> {
    const direct = await as('alice').trpc.conversations.openDirect.mutate({ userId: 'bob' });
    for (const name of ['alice', 'alice', 'bob'] as const) {
      await as(name).trpc.messages.send.mutate(aMessage(direct.id, `from ${name}`));
    }
    await heard();
    return direct;
  }

  /** A group of Bob, who owns it, Carol, who has said something, and Dave. Alice has made it and left. */
  async function groupOfBob(): Promise<ConversationView> {
    const memberIds = ['bob', 'carol', 'dave'];
    const group = await as('alice').trpc.groups.create.mutate({ name: 'Design', memberIds });
    for (const text of ['one', 'two']) await as('carol').trpc.messages.send.mutate(aMessage(group.id, text));
    await as('alice').trpc.groups.leave.mutate({ conversationId: group.id, successorId: 'bob' });
    await heard();
    return group;
  }

  /** `customer`: the customer's own server. */
  return { as, verify, talkingPair, groupOfBob, customer: () => customer };
}

function plain(state: ClientState) {
  return {
    userChange: state.userChange,
    me: state.me,
    contacts: state.contacts,
    conversations: Object.fromEntries([...state.conversations].map(([id, { view }]) => [id, view])),
  };
}
