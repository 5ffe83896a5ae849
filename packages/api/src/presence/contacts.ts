import type { Sql } from '@nexo/db';

/** `other` may be a contact of `owner`. */
export interface ContactPair {
  owner: string;
  other: string;
}

/** For each pair whether `other` is a contact of `owner`. The one place where presence asks who is. */
export async function areContacts(sql: Sql, pairs: readonly ContactPair[]): Promise<boolean[]> {
  if (pairs.length === 0) return [];
  const rows = await sql<{ known: boolean }[]>`
    select exists (
      select 1 from contacts c where c.owner_id = t.owner and c.contact_id = t.other and c.removed_at is null
    ) as known
    from ${pairsTable(sql, pairs)} order by t.place`;
  return rows.map((row) => row.known);
}

/** For each pair whether one of the two has blocked the other, whichever. */
export async function areBlocked(sql: Sql, pairs: readonly ContactPair[]): Promise<boolean[]> {
  if (pairs.length === 0) return [];
  const rows = await sql<{ blocked: boolean }[]>`
    select exists (
      select 1 from blocks b where b.owner_id = t.owner and b.blocked_id = t.other and b.removed_at is null
    ) or exists (
      select 1 from blocks b where b.owner_id = t.other and b.blocked_id = t.owner and b.removed_at is null
    ) as blocked
    from ${pairsTable(sql, pairs)} order by t.place`;
  return rows.map((row) => row.blocked);
}

function pairsTable(sql: Sql, pairs: readonly ContactPair[]) {
  const owners = pairs.map(({ owner }) => owner);
  const others = pairs.map(({ other }) => other);
  return sql`unnest(${owners}::text[], ${others}::text[]) with ordinality as t (owner, other, place)`;
}
