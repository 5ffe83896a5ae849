import { runLoad } from '../../load/run-load.ts';
import type { System } from '../../load/system.ts';
import { seedPairs } from '../../load/topology.ts';
import { at, emptyResult, planDefaults, takeOver, type Workload, withSystem } from '../workload.ts';

/** What a message costs on disk. */
export const disk: Workload = {
  id: 'disk',
  title: 'Disk for a message',
  what:
    'A closed loop of 1:1 sends with texts as people’s (median 60 bytes) through the server. What stays for each: the growth of the messages, ' +
    'of their indexes, and of every other table that a send touches (heads, members, doorbells). Beside it what it wrote to the WAL, which ' +
    'Postgres recycles: it is work for the disk, and not space on it.',
  run: (bench) =>
    withSystem(bench, {}, async (system) => {
      const result = emptyResult();
      const { places, ...topology } = await seedPairs(system.db, at(bench, 400, 200, 10));
      const before = await sizesOf(system);
      const run = await runLoad(system, {
        ...planDefaults(bench),
        ...topology,
        pace: 'closed',
        streams: [{ name: 'direct', rate: 0, places }],
        outstanding: 4,
        seconds: at(bench, 25, 4, 1),
      });
      if (!takeOver(result, 'while it was filled', run)) return result;
      await system.db.sql`checkpoint`;
      const after = await sizesOf(system);
      const count = run.verification.messagesStored;
      const push = (id: string, name: string, bytes: number) => {
        result.figures.push({ id, name, unit: 'B', value: Math.round(bytes / count) });
      };
      const grown = (key: keyof Sizes) => after[key] - before[key];
      push('all', 'disk for a message, all that stays', grown('table') + grown('indexes') + grown('others'));
      push('table', 'of it the row', grown('table'));
      push('indexes', 'of it the indexes', grown('indexes'));
      push('others', 'of it heads, members, doorbells and the rest', grown('others'));
      push('wal', 'written to the WAL for a message', grown('wal'));
      result.notes.push(
        `${count.toLocaleString('en')} messages; a million take ${Math.round(((result.figures[0]?.value ?? 0) * 1e6) / 2 ** 20)} MiB`,
      );
      return result;
    }),
};

interface Sizes {
  table: number;
  indexes: number;
  others: number;
  wal: number;
}

async function sizesOf({ db }: System): Promise<Sizes> {
  const [row] = await db.sql<Sizes[]>`
    with parts as (select inhrelid as id from pg_inherits where inhparent = 'messages'::regclass)
    select
      (select coalesce(sum(pg_table_size(id)), 0) from parts)::bigint as table,
      (select coalesce(sum(pg_indexes_size(id)), 0) from parts)::bigint as indexes,
      (select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind = 'r' and c.oid not in (select id from parts))::bigint as others,
      pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as wal`;
  if (row === undefined) throw new Error('The database does not tell its sizes.');
  return row;
}
