import type { ConversationLine, DeviceLine, NemesisLine } from '../../history/line.ts';
import { userOf } from '../../history/line.ts';
import { type Devices, makeCase, readDevices } from './case.ts';
import { checkAmended } from './check-amended.ts';
import { checkCursors } from './check-cursors.ts';
import { checkDisappearing } from './check-disappearing.ts';
import { checkDoors } from './check-doors.ts';
import { checkEnds } from './check-ends.ts';
import { Forwards } from './check-forwards.ts';
import { checkGroups } from './check-groups.ts';
import { checkMembership } from './check-membership.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkObservations, itemsOf } from './check-observations.ts';
import { checkOwnSide } from './check-own-side.ts';
import { checkPages } from './check-pages.ts';
import { checkReadPositions } from './check-read-positions.ts';
import { checkReceipts } from './check-receipts.ts';
import { checkRelations } from './check-relations.ts';
import { checkRights } from './check-rights.ts';
import { checkSends } from './check-sends.ts';
import { checkSignals } from './check-signals.ts';
import { checkSameForAll, checkVersions } from './check-versions.ts';
import { readEpochs } from './epochs.ts';
import type { StoredConversation, StoredPerson } from './stored.ts';
import { type Violation, Violations } from './violation.ts';

/** A history with what is stored in the end, conversation by conversation, so that only a part of it is in memory. */
export interface TrialHistory {
  devices: readonly (DeviceLine | NemesisLine)[];
  people: readonly StoredPerson[];
  /** Conversations of the history and of the database; `stored` null: only in the history. */
  conversations: AsyncIterable<{ id: string; lines: readonly ConversationLine[]; stored: StoredConversation | null }>;
}

export interface TrialVerdict {
  violations: Violation[];
  /** Violations in all; the list is bounded. */
  count: number;
  checked: { conversations: number; messages: number; observations: number; lines: number };
}

/** Checks a whole trial. Its cost is that of sorting: O(n log n) in lines, one conversation in memory at a time. */
export async function checkTrial(history: TrialHistory): Promise<TrialVerdict> {
  const found = new Violations();
  const epochs = readEpochs(history.devices, found);
  const devices = readDevices(epochs === null ? history.devices : epochs.keep(history.devices));
  const checked = { conversations: 0, messages: 0, observations: 0, lines: history.devices.length };
  checkDevices(devices, history.people, found);
  checkRelations(devices, history.people, found);
  // A backup knows nothing of tokens that were made after it.
  if (epochs === null) checkSessions(history.devices, found);
  const forwards = new Forwards();
  for await (const { id, lines, stored } of history.conversations) {
    checked.conversations++;
    checked.lines += lines.length;
    checked.messages += stored?.messages.length ?? 0;
    for (const line of lines) checked.observations += itemsOf(line).length;
    if (stored === null) {
      // Made in a time that was lost with a backup: nobody may know it in the end.
      const kept = epochs === null ? lines : epochs.keep(lines);
      if (kept.every((line) => line.op === 'send')) continue;
      const told = kept.filter((line) => 'phase' in line && line.phase === 'ok' && line.op !== 'markRead');
      const [first] = told.length > 0 ? told : kept;
      found.add(told.length > 0 ? 'I18' : 'I2', id, 'a conversation that somebody was told of is not stored', [first]);
      continue;
    }
    const one = makeCase(epochs === null ? lines : epochs.keep(lines), stored, devices, found);
    checkNumbers(one);
    checkSends(one);
    checkObservations(one);
    checkCursors(one);
    checkPages(one);
    checkReadPositions(one);
    checkMembership(one);
    checkEnds(one);
    checkSignals(one);
    checkAmended(one);
    checkVersions(one);
    checkSameForAll(one);
    checkDisappearing(one);
    checkOwnSide(one);
    checkRights(one);
    checkGroups(one);
    checkDoors(one);
    checkReceipts(one);
    forwards.gather(one);
  }
  // What was passed on in a time that was lost with a backup has an origin of which not everything is known.
  if (epochs === null) forwards.check(found);
  return { violations: found.list, count: found.count, checked };
}

/** I25: nobody signs out in a trial, so nobody is signed out. */
function checkSessions(lines: readonly (DeviceLine | NemesisLine)[], found: Violations): void {
  for (const line of lines) {
    if (line.op !== 'life' || line.event !== 'state' || line.state !== 'signedOut') continue;
    found.add('I25', null, `${line.by} was signed out (${line.why ?? 'without a reason'})`, [line]);
  }
}

type Profile = Extract<DeviceLine, { op: 'profile' }>;

/** I3: no outbox is left with something unsent. I14: everybody has the profile that is stored. I18: a profile that was told holds. */
function checkDevices({ lines }: Devices, people: readonly StoredPerson[], found: Violations): void {
  const names = new Map(people.map(({ id, displayName }) => [id, displayName]));
  const renames = new Map<string, Profile[]>();
  for (const line of lines) {
    if (line.op === 'profile') renames.set(userOf(line.by), [...(renames.get(userOf(line.by)) ?? []), line]);
    if (line.op !== 'endDevice') continue;
    if (line.pending > 0) found.add('I3', null, `${line.by} has ${line.pending} messages that nobody answered`, [line]);
    const stored = names.get(userOf(line.by));
    if (line.displayName !== stored) {
      found.add('I14', null, `${line.by} shows the name “${line.displayName}”, “${stored}” is stored`, [line]);
    }
  }
  for (const [user, all] of renames) checkRename(user, all, names.get(user), found);
}

function checkRename(user: string, all: readonly Profile[], stored: string | undefined, found: Violations): void {
  const over = new Map<number, number>();
  let latest: Exclude<Profile, { phase: 'invoke' }> | undefined;
  for (const line of all) {
    if (line.phase !== 'ok' && line.phase !== 'fail') continue;
    over.set(line.from, line.t);
    if (line.phase === 'ok' && line.from > (latest?.from ?? 0)) latest = line;
  }
  if (latest === undefined) return;
  const { from } = latest;
  // Those that were not over when the latest one began may have come after it.
  const possible = all.filter((line) => line.phase === 'invoke' && (over.get(line.t) ?? Number.POSITIVE_INFINITY) > from);
  if (possible.some((line) => line.displayName === stored)) return;
  found.add(
    'I18',
    null,
    `${user} was told to be named “${latest.displayName}”, and is not`,
    [latest],
    [`the name is “${stored}”`],
  );
}
