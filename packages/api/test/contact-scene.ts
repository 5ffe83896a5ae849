import type { World, WorldUser } from '../src/testing/index.ts';

/** Makes the two contacts. */
export async function become(one: WorldUser, other: WorldUser): Promise<void> {
  await one.caller.contacts.request({ userId: other.id });
  await other.caller.contacts.respond({ userId: one.id, accept: true });
}

export const contactsOf = async (user: WorldUser) => (await user.caller.contacts.list({})).items.map(({ userId }) => userId);

export const blocksOf = async (user: WorldUser) => (await user.caller.contacts.blocks({})).items.map(({ userId }) => userId);

/** Whose requests wait for this user, and whom they have asked. */
export async function pendingOf(user: WorldUser) {
  const incoming = (await user.caller.contacts.requests({ direction: 'incoming' })).items;
  const outgoing = (await user.caller.contacts.requests({ direction: 'outgoing' })).items;
  return { incoming: incoming.map(({ fromUserId }) => fromUserId), outgoing: outgoing.map(({ toUserId }) => toUserId) };
}

/** The direct conversation of the two. */
export const direct = async (one: WorldUser, other: WorldUser) =>
  (await one.caller.conversations.openDirect({ userId: other.id })).id;

/** Types of the private events that this user was told, in order. */
export const toldTo = (world: World, user: WorldUser) =>
  world.heard.flatMap((message) =>
    message.kind === 'user' && message.userId === user.id ? message.events.map((event) => event.type) : [],
  );

/** What a sync of this user says about contacts. */
export async function diffOf(user: WorldUser, userChange: number) {
  const { epoch } = await user.caller.sync.snapshot({});
  const result = await user.caller.sync.resume({ epoch, userChange, conversations: [] });
  if (result.kind !== 'resumed') throw new Error(result.kind);
  return result.contacts;
}

export const cursorOf = async (user: WorldUser) => (await user.caller.sync.snapshot({})).userChange;
