import type { ActLine, ConversationLine } from '../../history/line.ts';
import { type Case, describeRow } from './case.ts';
import type { StoredRow } from './stored.ts';

/** Somebody who came by themselves. */
interface Arrival {
  user: string;
  row: StoredRow;
}

/**
 * I36: a door of a group lets in whom it may. Whoever came by themselves came by a link that they had tried, of which no more came than it
 * was good for, or by an application that somebody accepted; so nobody is in who was refused, and what was accepted is. Of two who decide
 * one does.
 */
export function checkDoors({ id, lines, stored, found }: Case): void {
  if (stored.group === undefined) return;
  const { links, requests } = stored.group;
  const arrivals = stored.messages.flatMap((row): Arrival[] => {
    const { kind, actor = '', users = [] } = row.notice ?? {};
    return kind === 'member.joined' && users.length === 1 && users[0] === actor ? [{ user: actor, row }] : [];
  });
  for (const { code, maxUses, uses } of links) {
    if (maxUses !== null && uses > maxUses) found.add('I36', id, `${uses} came by link ${code}, which is for ${maxUses}`, []);
  }
  const acts = lines.filter((line): line is ActLine => line.op === 'act');
  const straight = links.filter(({ approval }) => !approval);
  const room = new Map<string, number>(straight.map(({ code, uses, maxUses }) => [code, Math.min(uses, maxUses ?? uses)]));
  const roads = new Map<string, Set<string>>();
  const addRoad = (user: string, road: string) => roads.set(user, (roads.get(user) ?? new Set()).add(road));
  for (const line of acts) {
    if (line.user === undefined || line.phase !== 'invoke') continue;
    if (line.verb === 'join' && line.value !== undefined) addRoad(line.user, line.value);
    else if (line.verb === 'accept' && !isRefused(acts, line)) {
      const road = `accepted ${line.user}`;
      addRoad(line.user, road);
      room.set(road, (room.get(road) ?? 0) + 1);
    }
  }
  for (const { user, row } of unexplained(arrivals, roads, room)) {
    const tried = acts.filter((line) => line.user === user && isDoor(line));
    const request = requests.find(({ userId }) => userId === user);
    const what = `${user} came in by message ${row.seq}, and no door was open (their application: ${request?.status ?? 'none'})`;
    found.add('I36', id, what, tried, [describeRow(row), ...links.map((link) => JSON.stringify(link))]);
  }
  const used = straight.reduce((sum, { uses }) => sum + uses, 0);
  if (used > arrivals.length) found.add('I36', id, `links count ${used} uses, and ${arrivals.length} came by themselves`, []);
  for (const user of new Set(acts.flatMap((line) => (isDoor(line) && line.user !== undefined ? [line.user] : [])))) {
    checkDecisions(user);
  }

  function checkDecisions(user: string): void {
    const of = (verb: ActLine['verb'], phase: ActLine['phase']) =>
      acts.filter((line) => line.user === user && line.verb === verb && line.phase === phase);
    const accepted = of('accept', 'ok');
    const decided = [...accepted, ...of('refuse', 'ok')];
    const joins = of('join', 'invoke');
    const applied = [...of('apply', 'invoke'), ...joins];
    // An engine that got no answer has asked again, and so applied twice.
    if (decided.length > applied.length + joins.length)
      found.add('I36', id, `one application of ${user} was decided twice`, [...applied, ...decided]);
    const came = arrivals.filter((arrival) => arrival.user === user);
    if (accepted.length > came.length) found.add('I36', id, `${user} was let in and has not come`, accepted);
  }
}

function isDoor({ verb }: ActLine): boolean {
  return verb === 'join' || verb === 'apply' || verb === 'accept' || verb === 'refuse';
}

function isRefused(acts: readonly ActLine[], invoke: ConversationLine): boolean {
  return acts.some((line) => line.phase === 'fail' && line.by === invoke.by && line.from === invoke.t);
}

/** Gives each arrival a road with room, moving others to other roads of theirs where that helps. Answers for whom there is none. */
function unexplained(
  arrivals: readonly Arrival[],
  roads: ReadonlyMap<string, ReadonlySet<string>>,
  room: ReadonlyMap<string, number>,
): Arrival[] {
  const on = new Map<string, Arrival[]>();
  function place(arrival: Arrival, tried: Set<string>): boolean {
    for (const road of roads.get(arrival.user) ?? []) {
      if (tried.has(road)) continue;
      tried.add(road);
      const there = on.get(road) ?? [];
      on.set(road, there);
      if (there.length < (room.get(road) ?? 0)) {
        there.push(arrival);
        return true;
      }
      for (const [i, other] of there.entries()) {
        if (!place(other, tried)) continue;
        there[i] = arrival;
        return true;
      }
    }
    return false;
  }
  return arrivals.filter((arrival) => !place(arrival, new Set()));
}
