import { AppError, type ContactView, limits } from '@nexo/shared';
import type { Services } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import type { Tx } from '../transact.ts';
import { type ContactRow, contactColumns, contactView } from './contact-rows.ts';

/**
 * Makes two people, who are locked, each other's contacts; requests between them are over. Tells both. Answers the contact as `me` sees
 * it. Throws LIST_FULL when one of them has as many as there may be.
 */
export async function makeContacts(ctx: Pick<Services, 'clock'>, tx: Tx, me: string, other: string): Promise<ContactView> {
  await refuseFull(tx, me, other);
  const now = timeOf(tx.sql, ctx.clock.now());
  const changes = await tx.moveUserHeads([me, other]);
  const changeOf = (id: string) => changes.get(id) ?? 0;
  const rows = await tx.sql<(ContactRow & { owner_id: string })[]>`
    insert into contacts as c (owner_id, contact_id, added_at, user_change)
    select t.owner_id, t.contact_id, ${now}, t.change
    from unnest(${[me, other]}::text[], ${[other, me]}::text[], ${[changeOf(me), changeOf(other)]}::bigint[]) as t (owner_id, contact_id, change)
    on conflict (owner_id, contact_id) do update set
      added_at = excluded.added_at, removed_at = null, remark = null, pinned_at = null, user_change = excluded.user_change
    returning c.owner_id, ${contactColumns(tx.sql)}`;
  await tx.sql`
    update contact_requests set ended_at = ${now}, "end" = 'accepted',
      from_change = case from_id when ${me} then ${changeOf(me)}::bigint else ${changeOf(other)}::bigint end,
      to_change = case to_id when ${me} then ${changeOf(me)}::bigint else ${changeOf(other)}::bigint end
    where ended_at is null and (from_id, to_id) in ((${me}, ${other}), (${other}, ${me}))`;
  let mine: ContactView | undefined;
  for (const row of rows) {
    const contact = contactView(row);
    const change = changeOf(row.owner_id);
    if (row.owner_id === me) mine = contact;
    const event = { type: 'me.contact' as const, userChange: change, userId: row.contact_id, contact };
    tx.tell({ kind: 'user', userId: row.owner_id, change, events: [event] });
  }
  if (mine === undefined) throw new AppError('INTERNAL');
  return mine;
}

async function refuseFull(tx: Tx, me: string, other: string): Promise<void> {
  const full = await tx.sql`
    select owner_id from contacts where owner_id in (${me}, ${other}) and removed_at is null
    group by owner_id having count(*) >= ${limits.contactsMaxPerUser}`;
  if (full.length > 0) throw new AppError('LIST_FULL', { message: 'There is no room for one more contact' });
}
