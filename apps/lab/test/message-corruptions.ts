import { deviceOf } from '../src/history/line.ts';
import {
  type Corruption,
  change,
  endDevice,
  endOf,
  linesOf,
  middleText,
  neighbours,
  remove,
  seek,
  sendsOf,
  set,
} from './planting.ts';

/** Damage to what becomes of a single message: I1 to I5. */
export const messageCorruptions: Corruption[] = [
  [
    'an acknowledged message whose row is gone from the end',
    'I1',
    (trial) => {
      const { place } = seek(trial, (place) => {
        const last = place.stored.messages.at(-1);
        return sendsOf(place, 'ok').find((ok) => ok.id === last?.id);
      });
      place.stored.messages.pop();
    },
  ],
  [
    'a new device that lacks a message in the middle',
    'I1',
    (t) => set(endOf(t, 'cold').found, { items: endOf(t, 'cold').found.items.filter((_, i) => i !== 2) }),
  ],
  [
    'a device that lived through it and lacks the last message',
    'I1',
    (t) => set(endOf(t, 'live').found, { items: endOf(t, 'live').found.items.slice(0, -1) }),
  ],
  [
    'a message that nobody sent',
    'I2',
    (trial) => {
      const { place, found } = seek(trial, middleText);
      remove(place.lines, (line) => line.op === 'send' && line.id === found.row.id);
    },
  ],
  [
    'a stored message whose every attempt was refused',
    'I2',
    (trial) => {
      const { place, found } = seek(trial, middleText);
      for (const line of linesOf(place, 'send')) {
        if (line.id !== found.row.id || (line.phase !== 'ok' && line.phase !== 'info')) continue;
        change(line, { phase: 'fail', code: 'OVERLOADED', retryable: true });
      }
    },
  ],
  [
    'a stored message that never left its device',
    'I2',
    (trial) => {
      const { place, found } = seek(trial, middleText);
      remove(place.lines, (line) => line.op === 'send' && line.id === found.row.id && line.phase !== 'invoke');
    },
  ],
  ['a stored content that is not what was sent', 'I2', (trial) => set(seek(trial, middleText).found.row, { content: 'altered' })],
  [
    'a message that somebody saw and that is not stored',
    'I2',
    (trial) => {
      const { place, found } = seek(trial, (place) => linesOf(place, 'received').findLast((line) => line.item !== undefined));
      set(found, { item: [place.stored.messages.length + 1, 999, 'phantom', 'phantom'] });
    },
  ],
  [
    'one clientMessageId in two rows',
    'I3',
    (trial) => {
      const { place, found } = seek(trial, middleText);
      const twin = place.stored.messages.find((row) => row !== found.row && !row.isNotice);
      if (twin !== undefined) set(twin, { id: found.row.id, sender: found.row.sender });
    },
  ],
  [
    'two answers that name different places for one message',
    'I3',
    (trial) => {
      const { place, found } = seek(trial, middleText);
      place.lines.push({ ...found.ok, t: found.ok.t + 1, seq: found.ok.seq + 1 });
    },
  ],
  [
    'a message announced twice by one life',
    'I3',
    (trial) => {
      const { place, found } = seek(trial, (place) => linesOf(place, 'applied')[5]);
      place.lines.splice(place.lines.indexOf(found) + 1, 0, { ...found });
    },
  ],
  [
    'a message that the outbox tried to send and that never came',
    'I3',
    (trial) => {
      const left = trial.devices.flatMap((line) =>
        line.op === 'life' && line.event === 'ends' && line.why === 'abandoned' ? [deviceOf(line.by)] : [],
      );
      const { place, found } = seek(trial, (place) =>
        sendsOf(place, 'invoke').find((line) => line.via === 'outbox' && !left.includes(deviceOf(line.by))),
      );
      place.lines.push(
        { ...found, id: 'lost' },
        { t: found.t + 1, by: found.by, in: found.in, op: 'send', phase: 'attempt', id: 'lost' },
      );
    },
  ],
  ['an outbox with something unsent in the end', 'I3', (trial) => set(endDevice(trial), { pending: 1 })],
  [
    'a message that is shown twice in the end',
    'I3',
    (t) =>
      set(endOf(t, 'cold').found, {
        items: endOf(t, 'cold').found.items.flatMap((item, i) => (i === 2 ? [item, item] : [item])),
      }),
  ],
  ['an answer with another change than is stored', 'I4', (trial) => set(seek(trial, middleText).found.ok, { change: 1 })],
  [
    'an event with another content than is stored',
    'I4',
    (trial) => {
      const { found } = seek(trial, (place) => linesOf(place, 'received').find((line) => line.item !== undefined));
      const [seq, at, id] = found.item ?? [0, 0, ''];
      set(found, { item: [seq, at, id, 'altered'] });
    },
  ],
  [
    'a page with another message at a place',
    'I4',
    (trial) => {
      const { found } = seek(trial, (place) => linesOf(place, 'page').find((page) => page.items.length > 3));
      set(found, { items: found.items.map((item, i) => (i === 1 ? [item[0], item[1], 'other', item[3]] : item)) });
    },
  ],
  [
    'a change that is two different things for two people',
    'I4',
    (trial) => {
      const { found } = seek(trial, (place) => {
        const facts = linesOf(place, 'received').filter((line) => line.type === 'member.joined');
        return facts.find((line) => facts.some((other) => other !== line && other.change === line.change));
      });
      set(found, { type: 'member.left' });
    },
  ],
  [
    'two messages announced in swapped order',
    'I5',
    (trial) => {
      const { found } = seek(trial, (place) =>
        neighbours(
          linesOf(place, 'applied'),
          (line) => line.by,
          (a, b) => a.item[0] === b.item[0] - 1,
        ),
      );
      const [a, b] = found;
      const kept = a.item;
      set(a, { item: b.item });
      set(b, { item: kept });
    },
  ],
  [
    'a page in the wrong order',
    'I5',
    (trial) => {
      const { found } = seek(trial, (place) => linesOf(place, 'page').find((page) => page.items.length > 3));
      set(found, { items: [...found.items].reverse() });
    },
  ],
  [
    'a timeline in the wrong order',
    'I5',
    (t) =>
      set(endOf(t, 'cold').found, {
        items: endOf(t, 'cold').found.items.map((item, i, all) => (i === 1 ? all[2] : i === 2 ? all[0] : item)),
      }),
  ],
];
