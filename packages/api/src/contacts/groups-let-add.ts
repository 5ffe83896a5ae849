import type { Sql } from '@nexo/db';

/**
 * Whether the rules of the groups that two people share let the first ask the second to become a contact: they share none, or one of
 * them lets its members, or the first manages one. So a group whose members are not to add each other keeps them from it.
 */
export async function groupsLetAddContact(sql: Sql, userId: string, otherId: string): Promise<boolean> {
  const [row] = await sql<{ shared: number; letting: number }[]>`
    select count(*)::int as shared,
      count(*) filter (where g.contacts_by = 'everyone' or a.role <> 'member')::int as letting
    from members a
    join members b on b.conversation_id = a.conversation_id and b.user_id = ${otherId} and b.left_at is null
    join groups g on g.conversation_id = a.conversation_id and g.dismissed_at is null
    where a.user_id = ${userId} and a.left_at is null`;
  return row === undefined || row.shared === 0 || row.letting > 0;
}
