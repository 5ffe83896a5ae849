import type { ChatClient } from '@nexo/client';
import { type Line, nowMicros, type RelationVerb } from '../history/line.ts';
import type { Device } from './device/device.ts';
import { failedBy } from './device/outcome.ts';

/** What is done about another person, through the engine. */
const verbs = {
  block: (client, user) => client.contacts.block(user),
  unblock: (client, user) => client.contacts.unblock(user),
  askContact: (client, user) => client.contacts.request(user),
  acceptContact: (client, user) => client.contacts.respond(user, true),
  refuseContact: (client, user) => client.contacts.respond(user, false),
  endContact: (client, user) => client.contacts.remove(user),
} as const satisfies Record<RelationVerb, (client: ChatClient, user: string) => Promise<unknown>>;

/** Does it about somebody of whom it makes sense, if there is one, else about anybody: then it is refused or changes nothing. */
export async function relate(
  device: Device,
  verb: RelationVerb,
  others: readonly string[],
  choice: number,
  write: (line: Line) => void,
): Promise<void> {
  const { client, by } = device;
  if (client === null) return;
  const sensible = whoFits(client, verb, device.user);
  const users = sensible.length > 0 ? sensible : others;
  const user = users[Math.floor(choice * users.length)];
  if (user === undefined) return;
  const line = { by, op: 'relation' as const, verb, user };
  const from = nowMicros();
  write({ ...line, t: from, phase: 'invoke' });
  try {
    await verbs[verb](client, user);
    write({ ...line, t: nowMicros(), phase: 'ok', from });
  } catch (error) {
    write({ ...line, t: nowMicros(), ...failedBy(error), from });
  }
}

function whoFits({ store }: ChatClient, verb: RelationVerb, me: string): string[] {
  if (verb === 'unblock') return store.blocks.get().map(({ userId }) => userId);
  if (verb === 'endContact') return store.contacts.get().map(({ userId }) => userId);
  if (verb === 'block' || verb === 'askContact') return [];
  return store.contactRequests.get().flatMap(({ fromUserId, toUserId }) => (toUserId === me ? [fromUserId] : []));
}
