import { type ConversationView, contentToText } from '@nexo/shared';
import { type ChatClient, type ClientOptions, createClient } from '../src/index.ts';
import { type Device, makeModelServer, makeTestNetwork, makeVirtualTime } from '../src/testing/index.ts';

export interface Person {
  client: ChatClient;
  device: Device;
}

/** A model server, devices on a network that can be cut, and time that is turned by hand. */
export function makeWorld() {
  const time = makeVirtualTime();
  const server = makeModelServer(time);
  const network = makeTestNetwork(server, time);

  function start(options: Partial<ClientOptions> = {}, device = network.device()): Person {
    return { device, client: createClient({ url: 'http://nexo.test', ...options, runtime: device.runtime }) };
  }

  /** Runs the network while something is waited for. */
  async function during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    for (let turns = 0; !isDone && turns < 1_000; turns++) await network.run(100);
    return done;
  }

  /** Somebody who is registered and live. */
  async function person(userId: string, options: Partial<ClientOptions> = {}, device = network.device()): Promise<Person> {
    const made = start(options, device);
    await during(made.client.auth.register({ userId, displayName: userId.toUpperCase(), password: 'correct horse' }));
    await during(made.client.start());
    return made;
  }

  /** The same person on another device. */
  async function anotherDevice(userId: string, options: Partial<ClientOptions> = {}): Promise<Person> {
    const made = start(options);
    await during(made.client.auth.login({ userId, password: 'correct horse' }));
    await during(made.client.start());
    return made;
  }

  /** Two people with a conversation that both have open. */
  async function pair(options: Partial<ClientOptions> = {}) {
    const alice = await person('alice', options);
    const bob = await person('bob');
    const { id } = await during(alice.client.conversations.openDirect('bob'));
    await network.flush();
    await during(alice.client.conversations.open(id));
    await during(bob.client.conversations.open(id));
    return { alice, bob, id };
  }

  return { time, server, network, start, during, person, anotherDevice, pair };
}

/** What a timeline shows, as texts. */
export function texts({ client }: Person, conversationId: string): string[] {
  return client.store
    .timeline(conversationId)
    .get()
    .items.map(({ content }) => {
      if (content.type === 'notice') return content.notice;
      return content.type === 'revoked' ? content.type : contentToText(content);
    });
}

export function states({ client }: Person, conversationId: string): string[] {
  return client.store
    .timeline(conversationId)
    .get()
    .items.map(({ state }) => state);
}

export function view({ client }: Person, conversationId: string): ConversationView {
  const found = client.store.conversation(conversationId).get();
  if (found === undefined) throw new Error(`${conversationId} is not known`);
  return found;
}
