import type { ChatClient } from '@nexo/client';
import { newId } from '@nexo/shared';
import { type Line, nowMicros, type Verb } from '../history/line.ts';
import type { Device } from './device/device.ts';
import { failedBy } from './device/outcome.ts';
import { shortLived } from './group-acts.ts';

/** A way into a group: by the code of a link, or by its name where one applies. */
interface Door {
  conversationId: string;
  code?: string;
}

/** Doors that are kept in mind. */
const doorsMax = 12;
/** Few enough that more want to come by a link than may. */
const linkUsesMax = 2;
/** Of those in front of a new door so many try it at once. */
const rushShare = 0.6;

/** What people tell each other outside of Nexo: the doors that there are. All people of one process share it. */
export class Doors {
  readonly #doors: Door[] = [];
  readonly #listeners: ((door: Door, choice: number) => void)[] = [];

  /** Hears of each new door, with a chance of its own. */
  onDoor(listener: (door: Door, choice: number) => void): void {
    this.#listeners.push(listener);
  }

  tell(door: Door, choice: number): void {
    this.#doors.push(door);
    if (this.#doors.length > doorsMax) this.#doors.shift();
    for (const [i, listener] of this.#listeners.entries()) listener(door, (choice * 1e3 + i * 0.37) % 1);
  }

  /** One of the last. */
  pick(isLink: boolean, choice: number): Door | undefined {
    const fitting = this.#doors.filter(({ code }) => (code !== undefined) === isLink);
    return fitting[Math.floor(choice * fitting.length)];
  }
}

const deeds = ['makeShort', 'makeDoor', 'makeLink', 'join', 'apply', 'withdraw', 'accept', 'refuse'] as const;
export type DoorDeed = (typeof deeds)[number];

export function isDoorDeed(kind: string): kind is DoorDeed {
  return (deeds as readonly string[]).includes(kind);
}

type Choices = readonly [which: number, what: number, how: number];

/** One deed about how people come into groups. Answers the group that it has made. */
export async function atTheDoor(
  device: Device,
  deed: DoorDeed,
  [, what, how]: Choices,
  others: readonly string[],
  doors: Doors,
  write: (line: Line) => void,
): Promise<string | undefined> {
  const door = doors.pick(deed === 'join', what);
  if (deed === 'makeShort' || deed === 'makeDoor') {
    const made = await makeGroup(device, deed, what, others, write);
    if (made !== undefined && deed === 'makeDoor') doors.tell({ conversationId: made }, how);
    return made;
  }
  if (deed === 'makeLink') await makeLink(device, what, how, doors, write);
  else if (deed === 'accept' || deed === 'refuse') await decide(device, deed, what, write);
  else if (door !== undefined && deed === 'withdraw') await withdraw(device, door, write);
  else if (door !== undefined) await joinBy(device, door, write);
  return undefined;
}

/** Comes by a new door just when it is made, if this person is not in yet. */
export async function rush(device: Device, door: Door, choice: number, write: (line: Line) => void): Promise<void> {
  const view = device.view(door.conversationId);
  if (choice < rushShare && (view === undefined || view.me.leftAt !== undefined)) await joinBy(device, door, write);
}

/** A group to be dismissed one day, or one that people apply to. */
async function makeGroup(
  { client, by, user }: Device,
  deed: 'makeShort' | 'makeDoor',
  what: number,
  others: readonly string[],
  write: (line: Line) => void,
): Promise<string | undefined> {
  if (client === null) return undefined;
  const memberIds = others.filter((_, i) => (what * 10 + i * 0.29) % 1 < 0.4);
  const name = deed === 'makeShort' ? shortLived : `By application to ${user}`;
  const joinMode = deed === 'makeShort' ? ('invitation' as const) : ('approval' as const);
  const from = nowMicros();
  try {
    const { id } = await client.trpc.groups.create.mutate({ name, memberIds, joinMode, clientGroupId: newId() });
    write({ t: nowMicros(), by, in: id, op: 'create', phase: 'ok', users: [user, ...memberIds], from });
    return id;
  } catch {
    // Nobody knows its id: what came of it is found in the database.
    return undefined;
  }
}

/** Where one may, more often than not. */
async function makeLink(device: Device, what: number, how: number, doors: Doors, write: (line: Line) => void): Promise<void> {
  const groups = device.writable('group');
  const managed = groups.filter(({ me }) => me.role !== 'member');
  const places = managed.length > 0 && what < 0.8 ? managed : groups;
  const view = places[Math.floor(how * places.length)];
  if (view === undefined) return;
  const conversationId = view.id;
  const approval = (how * 1e2) % 1 < 0.2;
  const maxUses = 1 + Math.floor(((how * 1e3) % 1) * linkUsesMax);
  await done(device, { in: conversationId, verb: 'makeLink' }, write, async (client) => {
    const { code } = await client.trpc.groups.createLink.mutate({ conversationId, maxUses, approval });
    doors.tell({ conversationId, code }, what);
  });
}

/** By a link as the engine does it, which asks again by itself where no answer comes. */
async function joinBy(device: Device, { conversationId, code }: Door, write: (line: Line) => void): Promise<void> {
  const facts = { in: conversationId, verb: code === undefined ? ('apply' as const) : ('join' as const) };
  const line = { ...facts, user: device.user, ...(code === undefined ? {} : { value: code }) };
  await done(device, line, write, (client) =>
    code === undefined
      ? client.trpc.groups.join.mutate({ conversationId, message: `${device.user} asks` })
      : client.groups.join({ code }),
  );
}

async function withdraw(device: Device, { conversationId }: Door, write: (line: Line) => void): Promise<void> {
  await done(device, { in: conversationId, verb: 'withdraw' }, write, (client) =>
    client.trpc.groups.withdraw.mutate({ conversationId }),
  );
}

/** About one of those who wait, if there are any. */
async function decide(device: Device, deed: 'accept' | 'refuse', what: number, write: (line: Line) => void): Promise<void> {
  const { client } = device;
  if (client === null) return;
  const waiting = await client.trpc.groups.requests.query({}).then(
    ({ items }) => items,
    () => [],
  );
  const request = waiting[Math.floor(what * waiting.length)];
  if (request === undefined) return;
  const { conversationId, userId } = request;
  await done(device, { in: conversationId, verb: deed, user: userId }, write, (engine) =>
    engine.trpc.groups.respond.mutate({ conversationId, userId, accept: deed === 'accept' }),
  );
}

async function done(
  { client, by }: Device,
  facts: { in: string; verb: Verb; user?: string; value?: string },
  write: (line: Line) => void,
  work: (client: ChatClient) => Promise<unknown>,
): Promise<void> {
  if (client === null) return;
  const line = { by, op: 'act' as const, ...facts };
  const from = nowMicros();
  write({ ...line, t: from, phase: 'invoke' });
  try {
    await work(client);
    write({ ...line, t: nowMicros(), phase: 'ok', from });
  } catch (error) {
    write({ ...line, t: nowMicros(), ...failedBy(error), from });
  }
}
