import { broughtInBy } from '../src/check/trial/case.ts';
import { userOf } from '../src/history/line.ts';
import {
  type Corruption,
  endDevice,
  endOf,
  groupEnd,
  linesOf,
  middleText,
  more,
  movesOf,
  neighbours,
  remove,
  seek,
  set,
} from './planting.ts';

/** Damage to what people know of their chats and of each other: I12 and above. */
export const stateCorruptions: Corruption[] = [
  [
    'a read position that was acknowledged and is not stored',
    'I12',
    (trial) => {
      const { place, found } = seek(trial, (place) =>
        linesOf(place, 'markRead').find((line) => line.phase === 'ok' && line.readSeq > 1),
      );
      const member = place.stored.members.find((member) => member.userId === userOf(found.by));
      if (member !== undefined) set(member, { readSeq: 0 });
    },
  ],
  [
    'a read position that goes back on a device',
    'I12',
    (trial) => {
      const { found } = seek(trial, (place) =>
        neighbours(
          linesOf(place, 'position'),
          (line) => line.by,
          (a, b) => a.readSeq > 0 && b.readSeq >= a.readSeq,
        ),
      );
      set(found[1], { readSeq: found[0].readSeq - 1 });
    },
  ],
  ['a count of unread messages that is one too many in the end', 'I13', (trial) => more(endOf(trial, 'live').found, 'unread', 1)],
  [
    'a count of unread messages that was too small on the way',
    'I13',
    (trial) => set(seek(trial, (place) => linesOf(place, 'position').find((line) => line.unread > 0)).found, { unread: -1 }),
  ],
  ['a running count that is wrong', 'I13', (trial) => more(seek(trial, middleText).found.row, 'countableSeq', 1)],
  ['a head that counts wrong', 'I13', (trial) => more(seek(trial, (place) => place).place.stored.head, 'countable', 1)],
  [
    'a stored read position whose count is wrong',
    'I13',
    (trial) => {
      const { found } = seek(trial, ({ stored }) => stored.members.find((member) => member.readSeq > 0));
      set(found, { readCountable: found.readCountable + 1 });
    },
  ],
  [
    'another role than is stored',
    'I14',
    (trial) => set(groupEnd(trial).found, { role: groupEnd(trial).found.role === 'admin' ? 'member' : 'admin' }),
  ],
  ['another name of the group than is stored', 'I14', (trial) => set(groupEnd(trial).found, { title: 'Other' })],
  ['another number of members than is stored', 'I14', (trial) => set(groupEnd(trial).found, { memberCount: 99 })],
  ['a list of members that lacks one', 'I14', (t) => set(groupEnd(t).found, { members: groupEnd(t).found.members?.slice(1) })],
  [
    'somebody who left and is shown as a member',
    'I14',
    (trial) => set(seek(trial, (place) => linesOf(place, 'end').find((end) => end.left)).found, { left: false }),
  ],
  ['another profile than is stored', 'I14', (trial) => set(endDevice(trial), { displayName: 'Other' })],
  [
    'a message that was not for its reader',
    'I16',
    (trial) => {
      const { place, found } = seek(trial, (place) => linesOf(place, 'received').find((line) => (line.item?.[0] ?? 0) > 2));
      const member = place.stored.members.find((member) => member.userId === userOf(found.by));
      if (member !== undefined) set(member, { visible: [[1, 1]] });
    },
  ],
  [
    'an event that reached somebody who had left',
    'I16',
    (trial) => {
      const { place, found } = seek(trial, ({ stored }) =>
        stored.members.find((member) => member.left && member.change < stored.head.change),
      );
      const line = linesOf(place, 'received').at(-1);
      if (line === undefined) throw new Error('no event');
      place.lines.push({
        t: line.t,
        by: `${found.userId}/0#1`,
        in: line.in,
        op: 'received',
        type: 'group.updated',
        change: found.change + 1,
      });
    },
  ],
  [
    'somebody who knows a conversation that is not theirs',
    'I16',
    (trial) => {
      const { place, found } = endOf(trial, 'cold');
      remove(place.stored.members, (member) => member.userId === userOf(found.by));
    },
  ],
  [
    'a device that is behind in the end',
    'I17',
    (t) => set(groupEnd(t).found, { head: [groupEnd(t).found.head[0], groupEnd(t).found.head[1] - 1] }),
  ],
  [
    'a new device that does not know a conversation',
    'I17',
    (trial) => {
      const { place, found } = endOf(trial, 'cold');
      remove(place.lines, (line) => line === found);
    },
  ],
  [
    'a device that lived through it and does not know a conversation',
    'I17',
    (trial) => {
      const { place, found } = endOf(trial, 'live');
      remove(place.lines, (line) => line === found);
    },
  ],
  [
    'a leaving that was acknowledged and is not stored',
    'I18',
    (trial) => {
      const { place, found } = seek(trial, (place) => movesOf(place, 'leave').findLast((line) => line.phase === 'ok'));
      remove(place.lines, (line) => broughtInBy(line).length > 0);
      const member = place.stored.members.find((member) => member.userId === userOf(found.by));
      if (member !== undefined) set(member, { left: false });
    },
  ],
  [
    'an invitation that was acknowledged and is not stored',
    'I18',
    (trial) => {
      const { place, found } = seek(trial, (place) =>
        movesOf(place, 'invite').find((line) => line.phase === 'ok' && line.users.length > 0),
      );
      remove(place.stored.members, (member) => found.users.includes(member.userId));
    },
  ],
  [
    'a conversation that somebody was told of and that is not stored',
    'I18',
    (trial) => {
      const gone = trial.conversations.find(({ lines }) => lines.some((line) => line.op === 'create' && line.phase === 'ok'));
      if (gone !== undefined) gone.stored = null;
    },
  ],
  [
    'a name that was acknowledged and is not stored',
    'I18',
    (trial) => {
      const named = trial.devices.find((line) => line.op === 'profile' && line.phase === 'ok');
      const person = trial.people.find(({ id }) => id === userOf(named?.by ?? ''));
      if (person !== undefined) person.displayName = 'Other';
    },
  ],
  [
    'a device that goes on after a backup was restored as if nothing had been',
    'I19',
    (trial) => {
      const t = trial.devices.find((line) => line.op === 'endDevice')?.t ?? 0;
      trial.devices.push({ t: t - 1, by: 'nemesis', op: 'restored', lostFrom: t - 2, epoch: 'another' });
      trial.devices.sort((a, b) => a.t - b.t);
    },
  ],
  [
    'typing that does not fade',
    'I20',
    (trial) => {
      const { place, found } = seek(trial, (place) =>
        linesOf(place, 'typing').find((line) => line.event === 'shown' && line.users.length > 0),
      );
      remove(place.lines, (line) => line.op === 'typing' && line.event === 'shown' && line !== found && line.by === found.by);
      const start = place.lines.find((line) => line.by === found.by)?.t ?? 0;
      set(found, { t: start });
      remove(place.lines, (line) => line.op === 'received' && line.type === 'typing' && line.by === found.by);
      remove(trial.devices, (line) => line.op === 'life' && line.event === 'ends' && line.by === found.by);
    },
  ],
  [
    'a refusal that took its time',
    'I24',
    (trial) => {
      const { place, found } = seek(trial, middleText);
      const calm = (place.lines[0]?.t ?? 0) - 10_000_000;
      place.lines.push({
        t: calm,
        by: found.ok.by,
        in: found.ok.in,
        op: 'send',
        phase: 'fail',
        id: found.row.id,
        code: 'OVERLOADED',
        retryable: true,
        ms: 4_000,
      });
    },
  ],
  [
    'a message that was shown as on its way for too long',
    'I24',
    (trial) => {
      const { place, found } = seek(trial, middleText);
      place.lines.push({
        t: found.ok.t,
        by: found.ok.by,
        in: found.ok.in,
        op: 'send',
        phase: 'silent',
        id: found.row.id,
        ms: 12_000,
      });
    },
  ],
  [
    'a device that is signed out by itself',
    'I25',
    (trial) => {
      const isLive = (line: (typeof trial.devices)[number]) =>
        line.op === 'life' && line.event === 'state' && line.state === 'live';
      const line = trial.devices.find(isLive) ?? {};
      set(line, { state: 'signedOut', why: 'revoked' });
    },
  ],
];
