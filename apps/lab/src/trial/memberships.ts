import { type Line, nowMicros } from '../history/line.ts';
import { groupsOf, pickFrom } from './choose.ts';
import type { Device } from './device/device.ts';
import { failedBy } from './device/outcome.ts';
import { busyGroup } from './group-acts.ts';

type Write = (line: Line) => void;

/** A group of some of the others. */
export async function createGroup(
  device: Device,
  others: readonly string[],
  which: number,
  size: number,
  write: Write,
): Promise<void> {
  const memberIds = others.filter((_, i) => ((i * 7 + Math.floor(which * 97)) % others.length) / others.length < 0.2 + size / 2);
  const { client, by } = device;
  if (client === null) return;
  const from = nowMicros();
  try {
    const { id } = await client.groups.create({ name: `Group of ${device.user}`, memberIds });
    const t = nowMicros();
    const users = [device.user, ...memberIds];
    write({ t, by, in: id, op: 'create', phase: 'ok', users, from });
  } catch {
    // Nobody knows its id: what came of it is found in the database.
  }
}

/** A direct conversation with somebody, at times with oneself. */
export async function openDirect(device: Device, others: readonly string[], which: number, write: Write): Promise<void> {
  const other = pickFrom([device.user, ...others], which) ?? device.user;
  const { client, by } = device;
  if (client === null) return;
  const from = nowMicros();
  try {
    const { id } = await client.conversations.openDirect(other);
    const t = nowMicros();
    write({ t, by, in: id, op: 'openDirect', phase: 'ok', users: [device.user, other], from });
  } catch {
    // As above.
  }
}

/** Somebody into a group that one is in. */
export async function invite(
  device: Device,
  others: readonly string[],
  which: number,
  whom: number,
  write: Write,
): Promise<void> {
  const { client } = device;
  const view = pickFrom(groupsOf(device), which);
  const other = pickFrom(others, whom);
  if (view === undefined || other === undefined || client === null) return;
  await tellMembership(device, 'invite', view.id, [other], write, async () => {
    const { addedUserIds } = await client.trpc.groups.invite.mutate({ conversationId: view.id, userIds: [other] });
    return addedUserIds;
  });
}

/** A group, but not the busy one. */
export async function leave(device: Device, which: number, write: Write): Promise<void> {
  const { client } = device;
  // The largest group, with everybody in it, is not left: there is always one busy place.
  const view = pickFrom(
    groupsOf(device).filter((group) => group.title !== busyGroup),
    which,
  );
  if (view === undefined || client === null) return;
  await tellMembership(device, 'leave', view.id, [device.user], write, async () => {
    await client.groups.leave(view.id);
    return [device.user];
  });
}

async function tellMembership(
  device: Device,
  op: 'invite' | 'leave',
  id: string,
  users: string[],
  write: Write,
  work: () => Promise<string[]>,
): Promise<void> {
  const { by } = device;
  const from = nowMicros();
  write({ t: from, by, in: id, op, phase: 'invoke', users });
  try {
    const came = await work();
    const t = nowMicros();
    write({ t, by, in: id, op, phase: 'ok', users: came, from });
  } catch (error) {
    write({ t: nowMicros(), by, in: id, op, ...failedBy(error), users, from });
  }
}
