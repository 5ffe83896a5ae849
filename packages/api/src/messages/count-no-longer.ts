import type { Sql } from '@nexo/db';

/**
 * Adds these countable numbers to what is gone for all of a conversation (`gone_spans`), whose head is locked. Spans that they touch
 * become one with them: of those that end at or after the number before, the first few are all that can, as no two of them touch.
 */
export async function countNoLonger(sql: Sql, conversationId: string, countableSeqs: readonly number[]): Promise<void> {
  if (countableSeqs.length === 0) return;
  await sql`
    with fresh as (
      select lower(span) as first, upper(span) - 1 as last from unnest((
        select range_agg(int8range(n, n + 1)) from unnest(${countableSeqs}::bigint[]) as t (n))) as t (span)
    ), touched as (
      select distinct known.first, known.last from fresh f cross join lateral (
        select g.first, g.last from gone_spans g where g.conversation_id = ${conversationId} and g.last >= f.first - 1
        order by g.last limit f.last - f.first + 3
      ) known
      where known.first <= f.last + 1
    ), joined as (
      insert into gone_spans (conversation_id, first, last)
      select ${conversationId}, lower(span), upper(span) - 1 from unnest((
        select range_agg(int8range(first, last + 1)) from (select * from fresh union all select * from touched) t)) as t (span)
      on conflict (conversation_id, last) do update set first = excluded.first
      returning last
    )
    delete from gone_spans g using touched t
    where g.conversation_id = ${conversationId} and g.last = t.last and t.last not in (select last from joined)`;
}
