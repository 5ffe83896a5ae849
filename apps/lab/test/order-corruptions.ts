import type { StoredRow } from '../src/check/trial/stored.ts';
import { deviceOf, userOf } from '../src/history/line.ts';
import {
  type Corruption,
  hasForGood,
  linesOf,
  middleText,
  more,
  neighbours,
  type Of,
  remove,
  rowOf,
  seek,
  sendsOf,
  set,
} from './planting.ts';

/** Damage to numbers, and to the order in which things are seen: I6 to I11. */
export const orderCorruptions: Corruption[] = [
  ['a hole in the stored numbers', 'I6', (trial) => void seek(trial, (place) => place).place.stored.messages.splice(4, 1)],
  ['a head ahead of its messages', 'I6', (trial) => more(seek(trial, (place) => place).place.stored.head, 'seq', 1)],
  [
    'a head behind the changes of its messages',
    'I6',
    (trial) => set(seek(trial, (place) => place).place.stored.head, { change: 2 }),
  ],
  [
    'two messages with one change',
    'I6',
    (trial) => {
      const { found } = seek(trial, ({ stored: { messages } }) => {
        const at = messages.findIndex((row, i) => i > 0 && !row.isChanged && messages[i - 1]?.isChanged === false);
        return at < 0 ? undefined : ([messages[at - 1], messages[at]] as StoredRow[]);
      });
      const [before, row] = found;
      set(row ?? {}, { change: before?.change });
    },
  ],
  [
    'changes that are in no row and that nobody heard of',
    'I6',
    (trial) => more(seek(trial, (place) => place).place.stored.head, 'change', 200),
  ],
  [
    'a page with a hole',
    'I6',
    (trial) => {
      let at = -1;
      const { found } = seek(trial, (place) =>
        linesOf(place, 'page').find((page) => {
          at = page.items.findIndex(([seq], i) => i > 0 && i < page.items.length - 1 && hasForGood(place, page.by, seq));
          return at > 0;
        }),
      );
      set(found, { items: found.items.filter((_, i) => i !== at) });
    },
  ],
  [
    'a cursor that moved over a change nobody told the device of',
    'I7',
    (trial) => {
      const { place, found } = seek(trial, (place) => {
        const told = (line: Of<'position'>) =>
          linesOf(place, 'received').some((other) => other.by === line.by && other.change === line.change) &&
          !place.lines.some(
            (other) =>
              other.by === line.by &&
              (other.op === 'repair' || (other.op === 'send' && other.phase === 'ok')) &&
              other.t > line.t - 500_000 &&
              other.t < line.t,
          );
        return neighbours(
          linesOf(place, 'position'),
          (line) => line.by,
          (a, b) => b.change === a.change + 1 && told(b),
        );
      });
      const [, line] = found;
      remove(place.lines, (other) => other.op === 'received' && other.by === line.by && other.change === line.change);
      remove(place.lines, (other) => other.op === 'repair' && other.by === line.by && other.head[1] === line.change);
    },
  ],
  [
    'a message that was never announced between two that were',
    'I7',
    (trial) => {
      const { place, found } = seek(trial, (place) =>
        neighbours(
          linesOf(place, 'applied'),
          (line) => line.by,
          (a, b) => {
            const isStill = place.stored.messages[b.item[0] - 1]?.gone === null && hasForGood(place, b.by, b.item[0]);
            if (a.item[0] !== b.item[0] - 1 || !isStill) return false;
            const next = linesOf(place, 'applied').find((line) => line.by === a.by && line.t > b.t);
            const jumps = place.lines.some(
              (line) =>
                line.op === 'repair' && line.by === a.by && line.kind !== 'changes' && line.t >= a.t && line.t <= (next?.t ?? 0),
            );
            return next?.item[0] === b.item[0] + 1 && !jumps;
          },
        ),
      );
      remove(place.lines, (line) => line === found[1]);
    },
  ],
  [
    'two messages of one device stored in swapped order',
    'I8',
    (trial) => {
      const { found } = seek(trial, (place) => {
        const sent = sendsOf(place, 'invoke').filter((line) => line.via === 'outbox' && rowOf(place, line.id) !== undefined);
        return neighbours(
          sent,
          (line) => deviceOf(line.by),
          (a, b) => a.t < b.t,
        );
      });
      const [a, b] = found;
      const [first, second] = [a.t, b.t];
      set(a, { t: second });
      set(b, { t: first });
    },
  ],
  [
    'a message that was sent after the answer to a later one',
    'I9',
    (trial) => {
      const { place, found } = seek(trial, middleText);
      const invoke = sendsOf(place, 'invoke').find((line) => line.id === found.row.id);
      const last = place.lines.at(-1)?.t ?? 0;
      for (const line of linesOf(place, 'send')) if (line.id === found.row.id) set(line, { t: last + (line === invoke ? 1 : 2) });
    },
  ],
  [
    'a page that lacks what had been acknowledged before it was asked for',
    'I10',
    (trial) => {
      const { found } = seek(trial, (place) =>
        linesOf(place, 'page').find((page) => {
          const last = page.items.at(-1);
          const isKnown = sendsOf(place, 'ok').some((ok) => ok.seq === last?.[0] && ok.t < page.from);
          return page.items.length > 2 && isKnown && hasForGood(place, page.by, last?.[0] ?? 0);
        }),
      );
      set(found, { items: found.items.slice(0, -1) });
    },
  ],
  [
    'a page of an earlier time than one that the same person had read',
    'I11',
    (trial) => {
      const { found } = seek(trial, (place) =>
        neighbours(
          linesOf(place, 'page'),
          (page) => userOf(page.by),
          (a, b) => a.t < b.from,
        ),
      );
      const [before, page] = found;
      set(page, { head: [before.head[0], before.head[1] - 1] });
    },
  ],
  [
    'a device that goes back',
    'I11',
    (trial) => {
      const { found } = seek(trial, (place) =>
        neighbours(
          linesOf(place, 'position'),
          (line) => line.by,
          (a, b) => b.change > a.change,
        ),
      );
      set(found[1], { change: found[0].change - 1 });
    },
  ],
];
