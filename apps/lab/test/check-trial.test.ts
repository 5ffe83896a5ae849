import { describe, expect, it } from 'vitest';
import type { StoredRow } from '../src/check/trial/stored.ts';
import { deviceOf, userOf } from '../src/history/line.ts';
import { lifeCorruptions } from './life-corruptions.ts';
import {
  type Corruption,
  change,
  endDevice,
  endOf,
  groupEnd,
  hasForGood,
  linesOf,
  middleText,
  more,
  movesOf,
  neighbours,
  type Of,
  places,
  remove,
  rowOf,
  seek,
  sendsOf,
  set,
} from './planting.ts';
import { goodTrial, verdictOf } from './recorded-trial.ts';

const corruptions: Corruption[] = [
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
      const { place, found } = seek(trial, (place) => sendsOf(place, 'invoke').find((line) => line.via === 'outbox'));
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
            if (a.item[0] !== b.item[0] - 1) return false;
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
  ['another role than is stored', 'I14', (trial) => set(groupEnd(trial).found, { role: 'admin' })],
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
      remove(place.lines, (line) => line.op === 'invite');
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

describe('the checker of a trial', () => {
  it('finds nothing in a trial that was good, and has looked at a lot', async () => {
    const { violations, checked } = await verdictOf(goodTrial());
    expect(violations).toEqual([]);
    expect(checked.messages).toBeGreaterThan(50);
    expect(checked.observations).toBeGreaterThan(1_000);
  });

  it.each([...corruptions, ...lifeCorruptions])('finds %s (%s)', async (_title, invariant, corrupt) => {
    const trial = goodTrial();
    corrupt(trial);
    const { violations } = await verdictOf(trial);
    expect(violations.map((violation) => violation.invariant)).toContain(invariant);
  });

  it('does not blame the system for a time in which the devices themselves stood still', async () => {
    const refusedAfter = 4_000;
    const verdicts = [10_000_000, 100_000].map(async (stalledAgo) => {
      const trial = goodTrial();
      const { place, found } = seek(trial, middleText);
      const t = (place.lines[0]?.t ?? 0) - 10_000_000;
      const { by, in: conversation } = found.ok;
      const refusal = { op: 'send', phase: 'fail', id: found.row.id, code: 'OVERLOADED', retryable: true } as const;
      place.lines.push({ t, by, in: conversation, ...refusal, ms: refusedAfter });
      trial.devices.push({ t: t - stalledAgo, by: 'nemesis', op: 'stalled', ms: 500 });
      return (await verdictOf(trial)).violations.map((violation) => violation.invariant);
    });
    expect(await Promise.all(verdicts)).toEqual([['I24'], []]);
  });

  it('does not blame the system for a late refusal while it works off what a fault has left behind, but does afterwards', async () => {
    const verdicts = [4_000_000, 6_000_000].map(async (healedAgo) => {
      const trial = goodTrial();
      const { place, found } = seek(trial, middleText);
      const t = (place.lines[0]?.t ?? 0) - 10_000_000;
      const { by, in: conversation } = found.ok;
      const refusal = { op: 'send', phase: 'fail', id: found.row.id, code: 'OVERLOADED', retryable: true } as const;
      place.lines.push({ t, by, in: conversation, ...refusal, ms: 3_000 });
      const fault = { by: 'nemesis', op: 'fault', fault: 'redis-kill', detail: 'Redis' } as const;
      const healedAt = t - 3_000_000 - healedAgo;
      trial.devices.push({ t: healedAt - 1_000_000, ...fault, event: 'strikes' }, { t: healedAt, ...fault, event: 'healed' });
      return (await verdictOf(trial)).violations.map((violation) => violation.invariant);
    });
    expect(await Promise.all(verdicts)).toEqual([[], ['I24']]);
  });

  it('tells each violation with lines of the history in the order of time', async () => {
    const trial = goodTrial();
    const { found } = seek(trial, middleText);
    set(found.ok, { change: 1 });
    const { violations } = await verdictOf(trial);
    const [violation] = violations;
    expect(violation?.story.map(({ op }) => op)).toEqual(['send', 'send']);
    expect(violation?.story[0]?.t).toBeLessThan(violation?.story[1]?.t ?? 0);
    expect(violation?.stored.join()).toContain(found.row.id);
  });

  it('stops telling at a bound, and counts on', async () => {
    const trial = goodTrial();
    for (const { stored } of places(trial)) for (const row of stored.messages) set(row, { digest: 'altered' });
    const { violations, count } = await verdictOf(trial);
    expect(violations.length).toBeLessThan(count);
    expect(violations.filter(({ invariant }) => invariant === 'I4')).toHaveLength(10);
  });
});
