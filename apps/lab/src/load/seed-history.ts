import { createHash, randomBytes } from 'node:crypto';
import type { Db } from '@nexo/db';
import { newId } from '@nexo/shared';
import { seedAccounts, seedConversations } from '../harness/seed.ts';

export interface HistoryOptions {
  messages: number;
  conversations: number;
  /** People who read; each has an equal share of the conversations. */
  readers: number;
}

export interface HistoryReader {
  accessToken: string;
  conversations: { id: string; seqs: number }[];
}

const zipfExponent = 1.1;
/** Building an index of ten million rows in memory instead of on disk. */
const buildMemory = '512MB';

/**
 * Millions of messages by SQL in minutes, or those that an earlier run left in this database: rows without indexes first, then the
 * indexes as the migration has them. Every row is one that the product could have written.
 */
export async function seedHistory(
  db: Db,
  options: HistoryOptions,
  log: (line: string) => void,
): Promise<{ readers: HistoryReader[]; bytes: number }> {
  const { sql } = db;
  const startedAt = performance.now();
  const [there] = await sql<{ messages: number }[]>`select coalesce(sum(seq), 0)::bigint as messages from heads`;
  if ((there?.messages ?? 0) === 0) {
    await makeHistory(db, options);
    log(`  ${options.messages.toLocaleString('en')} messages made in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  } else if (Math.abs((there?.messages ?? 0) - options.messages) > options.conversations) {
    throw new Error(`The history folder has ${there?.messages} messages, not ${options.messages}: name another one.`);
  }
  const [size] = await sql<{ bytes: number }[]>`
    select sum(pg_total_relation_size(inhrelid))::bigint as bytes from pg_inherits where inhparent = 'messages'::regclass`;
  return { readers: await loginReaders(db), bytes: size?.bytes ?? 0 };
}

async function makeHistory(db: Db, { messages, conversations, readers }: HistoryOptions): Promise<void> {
  const accounts = await seedAccounts(db, readers * 2);
  const seeded = Array.from({ length: conversations }, (_, i) => {
    const [reader, peer] = [accounts[i % readers], accounts[readers + ((i * 7) % readers)]];
    return { id: newId(), kind: 'group' as const, memberIds: [reader?.id ?? '', peer?.id ?? ''] };
  });
  await seedConversations(db, seeded);
  const weights = seeded.map((_, i) => 1 / (i + 1) ** zipfExponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sizes = weights.map((weight) => Math.max(1, Math.round((messages * weight) / total)));
  await db.sql.begin(async (sql) => {
    await sql`set local maintenance_work_mem = ${sql.unsafe(`'${buildMemory}'`)}`;
    const indexes = await sql<
      { definition: string; name: string; is_constraint: boolean; constraint_definition: string | null }[]
    >`
      select pg_get_indexdef(i.indexrelid) as definition, c.relname as name, k.oid is not null as is_constraint,
        pg_get_constraintdef(k.oid) as constraint_definition
      from pg_index i join pg_class c on c.oid = i.indexrelid left join pg_constraint k on k.conindid = i.indexrelid
      where i.indrelid = 'messages'::regclass`;
    for (const { name, is_constraint: isConstraint } of indexes) {
      await sql.unsafe(isConstraint ? `alter table messages drop constraint "${name}"` : `drop index "${name}"`);
    }
    await sql`
      insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq,
        created_at, last_change)
      select t.id, n, gen_random_uuid(), case when n % 2 = 0 then t.a else t.b end, gen_random_uuid(), 'text',
        jsonb_build_object('type', 'text', 'text', n || ' ' || repeat('word by word ', (1 + (n::bigint * 7919 + t.place) % 11)::int)),
        true, n, now() - (t.size - n) * interval '1 second', n
      from unnest(
        ${seeded.map(({ id }) => id)}::uuid[], ${sizes}::int[], ${seeded.map(({ memberIds }) => memberIds[0] ?? '')}::text[],
        ${seeded.map(({ memberIds }) => memberIds[1] ?? '')}::text[]
      ) with ordinality as t (id, size, a, b, place), generate_series(1, t.size) as n`;
    for (const { name, definition, constraint_definition: constraint } of indexes) {
      const again =
        constraint === null
          ? definition.replace(' ON ONLY ', ' ON ')
          : `alter table messages add constraint "${name}" ${constraint}`;
      await sql.unsafe(again);
    }
    await sql`
      update heads h set seq = t.size, change = t.size, countable = t.size
      from unnest(${seeded.map(({ id }) => id)}::uuid[], ${sizes}::bigint[]) as t (id, size) where h.conversation_id = t.id`;
  });
  await db.sql`vacuum analyze`;
}

/** New tokens for the readers: those of an earlier run are not known any more. */
async function loginReaders({ sql }: Db): Promise<HistoryReader[]> {
  const rows = await sql<{ user_id: string; session_id: string; conversations: { id: string; seqs: number }[] }[]>`
    select m.user_id, s.id as session_id,
      json_agg(json_build_object('id', m.conversation_id, 'seqs', h.seq)) as conversations
    from members m join heads h on h.conversation_id = m.conversation_id join sessions s on s.user_id = m.user_id
    where m.role = 'owner' group by m.user_id, s.id order by m.user_id`;
  const tokens = rows.map(() => `nxa_${randomBytes(32).toString('base64url')}`);
  await sql`update sessions set expires_at = now() + interval '1 day'`;
  await sql`
    insert into tokens (hash, session_id, kind, expires_at)
    select decode(hash, 'hex'), session_id, 'access', now() + interval '1 day'
    from unnest(${tokens.map((token) => createHash('sha256').update(token).digest('hex'))}::text[],
      ${rows.map((row) => row.session_id)}::uuid[]) as t (hash, session_id)`;
  return rows.map(({ conversations }, i) => ({ accessToken: tokens[i] ?? '', conversations }));
}
