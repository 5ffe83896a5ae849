import { type GroupAt, walkGroup } from '../src/check/trial/group-order.ts';
import type { StoredGroup, StoredMember, StoredNotice, StoredRow } from '../src/check/trial/stored.ts';
import { type ActLine, userOf, type Verb } from '../src/history/line.ts';
import type { RecordedTrial } from '../src/trial/record.ts';
import { type Corruption, endOf, hasForGood, linesOf, type Place, remove, seek, set } from './planting.ts';

const owner = ({ roles }: GroupAt) => [...roles].find(([, role]) => role === 'owner')?.[0] ?? '';
const groupOf = ({ stored }: Place) => stored.group as StoredGroup;
const memberOf = ({ stored }: Place, user: string) => stored.members.find(({ userId }) => userId === user) as StoredMember;

/** A notice, what is said after it by somebody of a role, and how the group is at the notice. */
function saidAfterNotice(trial: RecordedTrial, role: string) {
  return seek(trial, ({ stored }) => {
    let notice: StoredRow | undefined;
    let at: { owner: string; notice: StoredRow } | undefined;
    let found: { owner: string; notice: StoredRow; said: StoredRow } | undefined;
    walkGroup(stored, (row, group) => {
      if (row.notice === undefined) {
        if (at !== undefined && group.roles.get(row.sender) === role) found ??= { ...at, said: row };
        return;
      }
      notice = row;
      const isFirst = row.notice.kind === 'group.created';
      at = isFirst ? undefined : { owner: owner(group), notice };
    });
    return found;
  }).found;
}

const say = (row: StoredRow, notice: StoredNotice) => set(row, { notice });

/** A message that was passed on and stands there as it came, with what it was passed on by. */
function passedOn(trial: RecordedTrial) {
  return seek(trial, (place) => {
    for (const line of linesOf(place, 'send')) {
      if (line.phase !== 'invoke' || line.via !== 'forward') continue;
      const row = place.stored.messages.find(({ id, sender }) => id === line.id && sender === userOf(line.by));
      if (row !== undefined && row.gone === null && row.contentChange === 0) return { row, line };
    }
    return undefined;
  });
}

/** Somebody who came by themselves, by one road only, that was straight or by somebody's leave. */
function arrival(trial: RecordedTrial, road: 'link' | 'leave') {
  return seek(trial, (place) => {
    const acts = linesOf(place, 'act');
    for (const { notice } of place.stored.messages) {
      const user = notice?.actor ?? '';
      if (notice?.kind !== 'member.joined' || notice.users[0] !== user) continue;
      const tried = acts.filter((line) => line.user === user && line.verb === 'join' && line.phase === 'invoke');
      const codes = new Set(tried.map(({ value }) => value));
      const accepted = acts.filter((line) => line.user === user && line.verb === 'accept' && line.phase === 'ok');
      const link = groupOf(place).links.find(({ code }) => codes.has(code));
      if (road === 'link' && link !== undefined && !link.approval && codes.size === 1 && accepted.length === 0)
        return { user, link };
      if (road === 'leave' && link === undefined && accepted.length > 0) return { user, link };
    }
    return undefined;
  });
}

/** Lines of one deed, from its wish to its answer, at the end of a conversation. */
function deed({ lines }: Place, verb: Verb, user: string, by = 'p99/0#1'): ActLine[] {
  const t = (lines.at(-1)?.t ?? 0) + 10;
  const line = { by, in: lines[0]?.in ?? '', op: 'act', verb, user } as const;
  return [
    { ...line, t, phase: 'invoke' },
    { ...line, t: t + 1, phase: 'ok', from: t },
  ];
}

/** Who has read a message: an answer with one reader who had been told so long before. */
function receiptsOfSure(trial: RecordedTrial) {
  return seek(trial, (place) => {
    for (const told of linesOf(place, 'receipts')) {
      const sure = linesOf(place, 'markRead').find(
        (line) =>
          line.phase === 'ok' &&
          line.readSeq >= told.seq &&
          line.t < told.from &&
          told.readBy.includes(userOf(line.by)) &&
          !linesOf(place, 'act').some(({ verb, user }) => verb === 'clear' || (verb === 'kick' && user === userOf(line.by))) &&
          !linesOf(place, 'leave').some(({ by }) => userOf(by) === userOf(line.by)),
      );
      if (sure !== undefined) return { told, user: userOf(sure.by) };
    }
    return undefined;
  }).found;
}

/** Damage to what groups do as a whole, to what is passed on, and to what disappears. */
export const groupCorruptions: Corruption[] = [
  [
    'a message of somebody who was no member, in the order of the commits',
    'I31',
    (trial) => {
      const { said, notice, owner } = saidAfterNotice(trial, 'member');
      say(notice, { kind: 'member.kicked', actor: owner, users: [said.sender] });
    },
  ],
  [
    'a message of a member while all were muted',
    'I32',
    (trial) => {
      const { notice, owner } = saidAfterNotice(trial, 'member');
      say(notice, { kind: 'group.muted', actor: owner, users: [] });
    },
  ],
  [
    'a muting of all by a member',
    'I32',
    (trial) => {
      const { notice, said } = saidAfterNotice(trial, 'member');
      say(notice, { kind: 'group.muted', actor: said.sender, users: [] });
    },
  ],
  [
    'a group with two owners',
    'I33',
    (trial) => {
      const { found } = seek(
        trial,
        ({ stored }) => stored.group && stored.members.find(({ left, role }) => !left && role === 'member'),
      );
      set(found, { role: 'owner' });
    },
  ],
  [
    'somebody who is told of as the owner and was never made one',
    'I33',
    (trial) => {
      const { found } = seek(
        trial,
        (place) =>
          place.stored.group &&
          linesOf(place, 'received').find(({ type, user }) => type === 'member.joined' && user !== undefined),
      );
      set(found, { type: 'member.updated', role: 'owner' });
    },
  ],
  [
    'a group that was handed over by who did not own it',
    'I33',
    (trial) => {
      const { notice, said } = saidAfterNotice(trial, 'member');
      say(notice, { kind: 'group.transferred', actor: said.sender, users: ['p99'] });
    },
  ],
  [
    'a handing over that left the roles as they were',
    'I33',
    (trial) => {
      const { notice, said, owner } = saidAfterNotice(trial, 'member');
      say(notice, { kind: 'group.transferred', actor: owner, users: [said.sender] });
    },
  ],
  [
    'a message after the dismissal',
    'I34',
    (trial) => {
      const { notice, owner } = saidAfterNotice(trial, 'member');
      say(notice, { kind: 'group.dismissed', actor: owner, users: [] });
    },
  ],
  [
    'an edit after the dismissal',
    'I34',
    (trial) => {
      const { found } = seek(trial, ({ stored }) => (stored.group?.dismissed ? stored : undefined));
      const row = found.messages[0] as StoredRow;
      set(row, { change: found.head.change + 1, isChanged: true });
    },
  ],
  [
    'something that was acknowledged after the dismissal',
    'I34',
    (trial) => {
      const { place } = seek(trial, (place) =>
        linesOf(place, 'act').find(({ verb, phase }) => verb === 'dismiss' && phase === 'ok'),
      );
      place.lines.push(...deed(place, 'promote', 'p99'));
    },
  ],
  [
    'a link that outlives its group',
    'I34',
    (trial) => {
      const { found } = seek(trial, ({ stored }) => (stored.group?.dismissed ? stored.group : undefined));
      set(found, { links: [{ code: 'code', maxUses: null, uses: 0, approval: false, revoked: false }] });
    },
  ],
  [
    'a device that shows a dismissed group as alive',
    'I34',
    (trial) => {
      const { found } = seek(trial, (place) => linesOf(place, 'end').find(({ dismissed, left }) => dismissed && !left));
      delete found.dismissed;
    },
  ],
  ['other words than were passed on', 'I35', (trial) => set(passedOn(trial).found.row, { words: 'altered' })],
  ['another name than of who said it first', 'I35', (trial) => set(passedOn(trial).found.row, { forwardedFrom: 'p99' })],
  [
    'a message that was passed on as one of its sender’s own',
    'I35',
    (trial) => {
      delete passedOn(trial).found.row.forwardedFrom;
    },
  ],
  [
    'a message with words that had been edited away before it was passed on',
    'I35',
    (trial) => {
      const { found } = passedOn(trial);
      const isOrigin = (line: ActLine) => line.verb === 'forward' && line.value === found.line.forward;
      const { place: origin, found: wish } = seek(trial, (place) =>
        linesOf(place, 'act').find((line) => isOrigin(line) && line.seq === found.line.origin && line.phase === 'invoke'),
      );
      const { sender } = origin.stored.messages[(wish.seq ?? 0) - 1] as StoredRow;
      const line = { by: `${sender}/0#1`, in: wish.in, op: 'act', verb: 'edit', seq: wish.seq ?? 0, value: 'later' } as const;
      const t = wish.t - 3;
      origin.lines.push({ ...line, t, phase: 'invoke' }, { ...line, t: t + 1, phase: 'ok', from: t });
    },
  ],
  [
    'two messages that were passed on the other way round',
    'I35',
    (trial) => {
      const { place, found } = passedOn(trial);
      const other = place.stored.messages.find((row) => row.seq > found.row.seq && !row.isNotice) ?? found.row;
      const { by, in: conversation, forward, origin } = found.line;
      const { t } = found.line;
      set(other, { sender: userOf(by), forwardedFrom: 'p99' });
      const line = { by, in: conversation, op: 'send', phase: 'invoke', via: 'forward', forward } as const;
      place.lines.push({ ...line, t: t - 1, id: other.id, origin: origin - 1 });
    },
  ],
  [
    'more who came by a link than it was good for',
    'I36',
    (trial) => {
      const { link } = arrival(trial, 'link').found;
      set(link ?? {}, { maxUses: (link?.uses ?? 0) - 1 });
    },
  ],
  [
    'somebody who came by a link that counted nobody',
    'I36',
    (trial) => {
      const { link } = arrival(trial, 'link').found;
      set(link ?? {}, { uses: (link?.uses ?? 0) - 1 });
    },
  ],
  [
    'a link that counts more than came',
    'I36',
    (trial) => {
      const { place } = arrival(trial, 'link');
      const links = groupOf(place).links.map((link) => ({ ...link, maxUses: null, uses: link.uses + 100 }));
      set(groupOf(place), { links });
    },
  ],
  [
    'somebody who was refused and is in',
    'I36',
    (trial) => {
      const { place, found } = arrival(trial, 'leave');
      for (const line of linesOf(place, 'act'))
        if (line.verb === 'accept' && line.user === found.user) set(line, { verb: 'refuse' });
    },
  ],
  [
    'an application that was decided twice',
    'I36',
    (trial) => {
      const { place, found } = arrival(trial, 'leave');
      for (let i = 0; i < 20; i++) place.lines.push(...deed(place, 'refuse', found.user));
    },
  ],
  [
    'somebody who was let in and has not come',
    'I36',
    (trial) => {
      const { place } = arrival(trial, 'leave');
      place.lines.push(...deed(place, 'apply', 'p99', 'p99/0#1'), ...deed(place, 'accept', 'p99'));
    },
  ],
  [
    'a reader who is not told of',
    'I37',
    (trial) => {
      const { told, user } = receiptsOfSure(trial);
      set(told, { readBy: told.readBy.filter((one) => one !== user), notYetReadBy: [...told.notYetReadBy, user] });
      set(told, { readCount: told.readCount - 1 });
    },
  ],
  [
    'somebody who is told to have read and has not',
    'I37',
    (trial) => {
      const { place, found } = seek(trial, (place) => linesOf(place, 'receipts').find(({ readBy }) => readBy.length > 0));
      const [reader = ''] = found.readBy;
      remove(place.lines, (line) => {
        const isReading = (line.op === 'markRead' || line.op === 'send') && userOf(line.by) === reader;
        const isComing = line.op === 'invite' && line.users.includes(reader);
        return isReading || isComing || (line.op === 'act' && (line.user === reader || userOf(line.by) === reader));
      });
    },
  ],
  [
    'receipts that do not add up',
    'I37',
    (trial) => {
      const { found } = seek(trial, (place) => linesOf(place, 'receipts')[0]);
      set(found, { readCount: found.readCount + 1 });
    },
  ],
  [
    'a device that still shows what has disappeared',
    'I28',
    (trial) => {
      const { place, found } = endOf(trial, 'live', (end) => !end.left);
      const [seq = 0] = found.items.find(([seq]) => isBare(place, seq)) ?? [];
      set(place.stored.messages[seq - 1] as StoredRow, { gone: 'expired', contentChange: 1 });
    },
  ],
  [
    'a message that has disappeared and still counts as unread',
    'I13',
    (trial) => {
      const isUnread = (place: Place, by: string, { seq, countable, gone }: StoredRow) =>
        countable && gone === null && seq > memberOf(place, userOf(by)).readSeq && hasForGood(place, by, seq);
      const { place, found } = endOf(trial, 'live', (end, place) => {
        return !end.left && place.stored.messages.some((row) => isUnread(place, end.by, row));
      });
      set(place.stored.messages.find((row) => isUnread(place, found.by, row)) as StoredRow, {
        gone: 'expired',
        contentChange: 1,
      });
    },
  ],
];

/** Nothing was made of it, so that only its being there is wrong. */
function isBare({ stored }: Place, seq: number): boolean {
  const row = stored.messages[seq - 1];
  const isPlain = row?.mentions.length === 0 && row.reactions === '' && row.quote === null;
  return isPlain && !stored.pins.includes(seq);
}
