import { type DeviceLine, type Relations, userOf } from '../../history/line.ts';
import type { Devices } from './case.ts';
import type { StoredPerson } from './stored.ts';
import type { Violations } from './violation.ts';

type Relation = Extract<DeviceLine, { op: 'relation' }>;

/** I30: contacts, requests and blocks are the same on every device as in the database, and what was acknowledged of blocks is there. */
export function checkRelations({ lines }: Devices, people: readonly StoredPerson[], found: Violations): void {
  const stored = new Map(people.map(({ id, relations }) => [id, relations]));
  const blockings = new Map<string, Relation[]>();
  for (const line of lines) {
    if (line.op === 'endDevice') {
      const known = stored.get(userOf(line.by));
      for (const name of Object.keys(line.relations) as (keyof Relations)[]) {
        if (line.relations[name].join() === known?.[name].join()) continue;
        const what = `${line.by} has the ${name} ${line.relations[name].join()}, stored are ${known?.[name].join()}`;
        found.add('I30', null, what, [line]);
      }
    } else if (line.op === 'relation' && (line.verb === 'block' || line.verb === 'unblock')) {
      const key = `${userOf(line.by)} ${line.user}`;
      blockings.set(key, [...(blockings.get(key) ?? []), line]);
    }
  }
  for (const all of blockings.values()) checkBlocking(all, stored, found);
}

/** The last that was acknowledged holds, unless another was not over when it began. */
function checkBlocking(all: readonly Relation[], stored: ReadonlyMap<string, Relations>, found: Violations): void {
  const last = all.findLast((line) => line.phase === 'ok');
  if (last === undefined || last.phase !== 'ok') return;
  const isOver = (invoke: Relation) =>
    all.some(
      (line) =>
        line.phase !== 'invoke' && line.phase !== 'info' && line.by === invoke.by && line.from === invoke.t && line.t < last.from,
    );
  const isDoubtful = all.some((line) => line.phase === 'invoke' && line.verb !== last.verb && !isOver(line));
  const isBlocked = stored.get(userOf(last.by))?.blocks.includes(last.user) === true;
  if (isDoubtful || isBlocked === (last.verb === 'block')) return;
  found.add('I30', null, `${last.verb} of ${last.user} was acknowledged to ${userOf(last.by)} and is not stored`, [last]);
}
