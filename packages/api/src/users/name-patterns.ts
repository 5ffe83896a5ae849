import type { Sql } from '@nexo/db';

const noFragment = (sql: Sql) => sql``;

/** Whether any word of a text begins like the query, case-blind; `text` is in lower case already, as in the index of it. */
export function hasWordLike(sql: Sql, text: ReturnType<typeof noFragment>, query: string) {
  const { first, later } = namePatterns(query);
  return sql`(${text} like lower(${first}) or ${text} like lower(${later}))`;
}

/** The patterns of a text that begins like the query, and of one in which a later word does; for `like`, both still in their case. */
export function namePatterns(query: string): { first: string; later: string } {
  const first = `${query.replace(/[\\%_]/g, '\\$&')}%`;
  return { first, later: `% ${first}` };
}
