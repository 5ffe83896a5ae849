import { broughtInBy } from '../src/check/trial/case.ts';
import type { StoredRow } from '../src/check/trial/stored.ts';
import { type ActLine, userOf } from '../src/history/line.ts';
import type { RecordedTrial } from '../src/trial/record.ts';
import {
  type Corruption,
  endDevice,
  endOf,
  hasForGood,
  linesOf,
  more,
  type Place,
  remove,
  seek,
  sendsOf,
  set,
} from './planting.ts';

type Done = Extract<ActLine, { phase: 'ok' }>;

const actsOf = (place: Place, verb: ActLine['verb']) =>
  linesOf(place, 'act').filter((line): line is Extract<ActLine, { op: 'act' }> => line.verb === verb);
const doneOf = (place: Place, verb: ActLine['verb']) =>
  actsOf(place, verb).filter((line): line is typeof line & Done => line.phase === 'ok');
const memberOf = ({ stored }: Place, by: string) => stored.members.find((member) => member.userId === userOf(by));

/** A message that was taken back. */
const takenBack = ({ stored }: Place) => stored.messages.find((row) => row.gone === 'revoked');

/** What a device, not of one who had left, shows of a message that fits when all is over. */
function shownInTheEnd(trial: RecordedTrial, fits: (row: StoredRow) => boolean) {
  let at = -1;
  const { place, found } = endOf(trial, 'cold', (end, { stored }) => {
    at = end.items.findIndex(([seq]) => fits(stored.messages[seq - 1] as StoredRow));
    return at >= 0 && !end.left;
  });
  return { place, end: found, at };
}

/** Puts something else in one place of one item of a line that has many. */
function alter(line: { items: readonly (readonly unknown[])[] }, at: number, place: number, value: unknown): void {
  const items = line.items.map((item, i) => (i === at ? item.map((part, j) => (j === place ? value : part)) : item));
  set(line, { items });
}

/** A message that was acknowledged to a person whom a line takes the right to write away just before they began it. */
function silencedBy(trial: RecordedTrial, kind: string, verb: 'mute' | 'kick'): void {
  const { place, found } = seek(trial, (place) => {
    if (place.stored.kind !== kind) return undefined;
    const ids = new Set(sendsOf(place, 'ok').flatMap(({ id, deduplicated }) => (deduplicated ? [] : [id])));
    return sendsOf(place, 'invoke').find(({ id }) => ids.has(id));
  });
  remove(place.lines, ({ op }) => op === 'leave' || op === 'invite' || op === 'act');
  const { by, t } = found;
  const line = { by: 'p99/0#1', in: found.in, op: 'act', verb, user: userOf(by), value: '3600000' } as const;
  place.lines.push({ ...line, t: t - 2, phase: 'invoke' }, { ...line, t: t - 1, phase: 'ok', from: t - 2 });
}

/** Damage to what becomes of messages, members and one's own side. */
export const lifeCorruptions: Corruption[] = [
  [
    'an edit that was acknowledged and is not stored',
    'I1',
    (trial) => {
      const { place, found } = seek(trial, (place) =>
        linesOf(place, 'told').find(({ item, changed }) => changed && place.stored.messages[item[0] - 1]?.change === item[1]),
      );
      set(place.stored.messages[found.item[0] - 1] as StoredRow, { change: found.item[1] - 1 });
    },
  ],
  [
    'a message that was acknowledged as taken back and is not',
    'I1',
    (trial) => {
      const { place, found } = seek(trial, (place) => doneOf(place, 'revoke')[0]);
      set(place.stored.messages[(found.seq ?? 0) - 1] as StoredRow, { gone: null });
    },
  ],
  [
    'words that nobody wanted in an edited message',
    'I2',
    (trial) => {
      const { found } = seek(trial, ({ stored }) => stored.messages.find((row) => row.contentChange > 0 && row.gone === null));
      set(found, { words: 'altered' });
    },
  ],
  [
    'a message that nobody took back and that is gone',
    'I2',
    (trial) => {
      const { place, found } = seek(trial, takenBack);
      remove(place.lines, (line) => line.op === 'act' && line.seq === found.seq);
    },
  ],
  [
    'one wording of a message that is another for somebody',
    'I4',
    (trial) => {
      const { found } = seek(trial, (place) =>
        linesOf(place, 'received').find(({ type, item }) => type === 'message.edited' && item !== undefined),
      );
      set(found, { item: found.item?.map((part, i) => (i === 3 ? 'altered' : part)) });
    },
  ],
  [
    'reactions that are others for somebody at the same change',
    'I4',
    (trial) => {
      const { found } = seek(trial, (place) =>
        linesOf(place, 'page').find(({ items }) => items.some((item) => item[5] !== undefined && item[5] !== '')),
      );
      alter(
        found,
        found.items.findIndex((item) => item[5] !== undefined && item[5] !== ''),
        5,
        'altered',
      );
    },
  ],
  [
    'a quote that has other words for somebody',
    'I4',
    (trial) => {
      const { found } = seek(trial, (place) => linesOf(place, 'page').find(({ items }) => items.some((item) => item[7])));
      alter(
        found,
        found.items.findIndex((item) => item[7]),
        7,
        'altered',
      );
    },
  ],
  [
    'a page that lacks an edit which had been acknowledged before it was asked for',
    'I10',
    (trial) => {
      let at = -1;
      const { found } = seek(trial, (place) =>
        linesOf(place, 'page').find((page) => {
          const told = linesOf(place, 'told').filter(({ changed, t }) => changed && t < page.from);
          at = page.items.findIndex(([seq]) => told.some(({ item }) => item[0] === seq));
          return at >= 0;
        }),
      );
      alter(found, at, 1, 1);
    },
  ],
  [
    'other words in the end than are stored',
    'I14',
    (trial) => {
      const { end, at } = shownInTheEnd(trial, (row) => row.contentChange > 0 && row.gone === null);
      alter(end, at, 3, 'altered');
    },
  ],
  [
    'other reactions in the end than are stored',
    'I14',
    (trial) => {
      const { end, at } = shownInTheEnd(trial, (row) => row.reactions !== '');
      alter(end, at, 5, '');
    },
  ],
  [
    'a pin that a device does not show',
    'I14',
    (trial) => {
      const { place, found } = endOf(trial, 'live', (end) => !end.left);
      const [pinned] = found.items.find(([seq]) => hasForGood(place, found.by, seq) && !found.pins.includes(seq)) ?? [];
      set(place.stored, { pins: [...found.pins, pinned].sort() });
    },
  ],
  [
    'somebody who was removed and is a member',
    'I18',
    (trial) => {
      const { place, found } = seek(trial, (place) =>
        doneOf(place, 'kick').findLast(({ user }) => place.stored.members.some(({ userId }) => userId === user)),
      );
      remove(place.lines, (line) => broughtInBy(line).length > 0);
      set(memberOf(place, `${found.user}/`) ?? {}, { left: false });
    },
  ],
  [
    'a device that shows an earlier wording again',
    'I26',
    (trial) => {
      const { place, found } = seek(trial, (place) => linesOf(place, 'shown')[0]);
      place.lines.push({ ...found, t: found.t + 1, editedAt: 5 }, { ...found, t: found.t + 2, editedAt: 3 });
    },
  ],
  [
    'a device that shows what was taken back, after it has applied that',
    'I27',
    (trial) => {
      const { place, found } = seek(trial, (place) => {
        const row = takenBack(place);
        const later = linesOf(place, 'position').find(({ change }) => row !== undefined && change >= row.contentChange);
        return row === undefined || later === undefined ? undefined : { row, later };
      });
      const { t, by, in: conversation } = found.later;
      const shown = { seq: found.row.seq, editedAt: 0, content: 'words', gone: false };
      place.lines.push({ t: t + 1, by, in: conversation, op: 'shown', ...shown });
    },
  ],
  [
    'a page with what had been taken back before',
    'I27',
    (trial) => {
      let at = -1;
      const { found } = seek(trial, (place) =>
        linesOf(place, 'page').find((page) => {
          at = page.items.findIndex(([seq]) => {
            const row = place.stored.messages[seq - 1];
            return row?.gone === 'revoked' && row.contentChange <= page.head[1];
          });
          return at >= 0;
        }),
      );
      alter(found, at, 4, 0);
    },
  ],
  [
    'a new device that shows what was taken back',
    'I27',
    (trial) => {
      const { end, at } = shownInTheEnd(trial, (row) => row.gone === 'revoked');
      alter(end, at, 3, 'words');
    },
  ],
  [
    'a private message that does not disappear',
    'I28',
    (trial) => {
      const { place, found } = seek(trial, (place) => linesOf(place, 'received').find(({ item }) => item !== undefined));
      const [seq = 0] = found.item ?? [];
      const t = found.t - 60_000_000;
      set(place.stored.messages[seq - 1] as StoredRow, { gone: null });
      place.lines.push({ t, by: found.by, in: found.in, op: 'received', type: 'message.expiring', change: 1, seq, dueInMs: 10 });
    },
  ],
  [
    'something that is left of a message that has disappeared',
    'I28',
    (trial) => {
      const { place, found } = seek(trial, ({ stored }) =>
        stored.messages.find((row) => row.reactions !== '' && row.gone === null),
      );
      set(found, { gone: 'expired' });
      for (const end of linesOf(place, 'end')) set(end, { items: end.items.filter(([seq]) => seq !== found.seq) });
    },
  ],
  [
    'an unread mention that a device does not show',
    'I29',
    (trial) => {
      const { found } = endOf(trial, 'live', (end) => !end.left);
      set(found, { mentions: found.mentions + 1 });
    },
  ],
  [
    'a mention that was taken back and still counts',
    'I29',
    (trial) => {
      const { place, found } = endOf(trial, 'cold', (end) => !end.left);
      const member = memberOf(place, found.by);
      const row = place.stored.messages.at(-1) as StoredRow;
      set(member ?? {}, { readSeq: row.seq - 1 });
      set(row, { mentions: ['*'], sender: 'p99', countable: true, gone: null });
      set(found, { mentions: 0 });
    },
  ],
  ['a chat that is pinned on one device only', 'I30', (trial) => more(endOf(trial, 'live').found.own, 'pinPlace', 1)],
  [
    'a contact that a device does not know',
    'I30',
    (trial) => set(endDevice(trial), { relations: { contacts: ['p99'], blocks: [], requests: [] } }),
  ],
  [
    'a block that was acknowledged and is not stored',
    'I30',
    (trial) => {
      const { by, t } = endDevice(trial);
      const line = { by, op: 'relation', verb: 'block', user: 'p99' } as const;
      trial.devices.push({ ...line, t: t - 2, phase: 'invoke' }, { ...line, t: t - 1, phase: 'ok', from: t - 2 });
    },
  ],
  ['a message of somebody who was muted', 'I31', (trial) => silencedBy(trial, 'group', 'mute')],
  ['a message of somebody who had been removed', 'I31', (trial) => silencedBy(trial, 'group', 'kick')],
  [
    'a reaction of somebody who had left',
    'I31',
    (trial) => {
      const { place, found } = seek(trial, (place) => (place.stored.kind === 'group' ? doneOf(place, 'react')[0] : undefined));
      remove(place.lines, (line) => line.op === 'leave' || line.op === 'invite');
      const t = found.from - 1;
      place.lines.push({ t, by: found.by, in: found.in, op: 'leave', users: [userOf(found.by)], phase: 'ok', from: t - 1 });
    },
  ],
  [
    'a message to somebody who had blocked its sender',
    'I31',
    (trial) => {
      const { place, found } = seek(trial, (place) => {
        const ids = new Set(sendsOf(place, 'ok').flatMap(({ id, deduplicated }) => (deduplicated ? [] : [id])));
        return place.stored.kind === 'direct' ? sendsOf(place, 'invoke').find(({ id }) => ids.has(id)) : undefined;
      });
      const sender = userOf(found.by);
      const other = place.stored.members.find(({ userId }) => userId !== sender)?.userId ?? '';
      remove(trial.devices, ({ op }) => op === 'relation');
      const line = { by: `${other}/0#1`, op: 'relation', verb: 'block', user: sender } as const;
      const t = found.t - 1;
      trial.devices.push({ ...line, t: t - 1, phase: 'invoke' }, { ...line, t, phase: 'ok', from: t - 1 });
    },
  ],
];
