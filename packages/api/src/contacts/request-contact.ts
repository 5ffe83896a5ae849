import { AppError, limits, type RequestContactInput, type RequestContactResult } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { type Tx, transact } from '../transact.ts';
import { audienceOf } from '../users/user-view.ts';
import {
  type ContactRow,
  contactColumns,
  contactView,
  isPending,
  type RequestRow,
  requestColumns,
  requestView,
} from './contact-rows.ts';
import { mayAskAgainAt, readRequest, tellRequest } from './end-request.ts';
import { groupsLetAddContact } from './groups-let-add.ts';
import { findOther, lockPeople } from './lock-people.ts';
import { makeContacts } from './make-contacts.ts';
import { blockedByYou, notReachable } from './peer-standing.ts';

/**
 * Asks somebody to become contacts. Who has asked the caller already is a contact at once, and so is answered who is one; the same
 * request again changes nothing. Throws NOT_FOUND (no such user), NOT_REACHABLE (they take no requests from the caller, have blocked
 * them, or share with them only groups whose members are not to add each other), BLOCKED_BY_YOU, LIST_FULL, RATE_LIMITED (too many, or refused not long ago).
 */
export async function requestContact(ctx: UserContext, input: RequestContactInput): Promise<RequestContactResult> {
  const me = ctx.session.userId;
  await ctx.rateLimits.take('contactRequestPerUser', me);
  return transact(ctx, async (tx) => {
    const other = await findOther(tx, me, input.userId);
    await lockPeople(tx, [me, other]);
    const known = await readContact(tx, me, other);
    if (known !== undefined) return { kind: 'accepted', contact: contactView(known) };
    const now = ctx.clock.now();
    const blocks = await readBlocks(tx, me, other);
    if (blocks.mine) throw blockedByYou();
    // A block has ended it, so none that is pending is theirs who has blocked.
    if (isPending(await readRequest(tx, other, me), now)) {
      return { kind: 'accepted', contact: await makeContacts(ctx, tx, me, other) };
    }
    const before = await readRequest(tx, me, other);
    // Before all that is of the other: a request that ended by a block looks refused, and so does asking again.
    if (mayAskAgainAt(before) > now) throw new AppError('RATE_LIMITED', { retryAfterMs: mayAskAgainAt(before) - now });
    if (blocks.theirs || !(await takesRequests(tx, me, other)) || !(await groupsLetAddContact(tx.sql, me, other))) {
      throw notReachable();
    }
    const message = input.message === undefined || input.message === '' ? null : input.message;
    if (isPending(before, now) && before.message === message) return { kind: 'requested', request: requestView(before) };
    if (!isPending(before, now)) await refuseFull(tx, me, other, now);
    return { kind: 'requested', request: requestView(await insertRequest(tx, me, other, message, now)) };
  });
}

async function readContact(tx: Tx, owner: string, other: string): Promise<ContactRow | undefined> {
  const [row] = await tx.sql<ContactRow[]>`
    select ${contactColumns(tx.sql)} from contacts c
    where c.owner_id = ${owner} and c.contact_id = ${other} and c.removed_at is null`;
  return row;
}

async function readBlocks(tx: Tx, me: string, other: string): Promise<{ mine: boolean; theirs: boolean }> {
  const rows = await tx.sql<{ owner_id: string }[]>`
    select owner_id from blocks
    where removed_at is null and (owner_id, blocked_id) in ((${me}, ${other}), (${other}, ${me}))`;
  const owners = new Set(rows.map((row) => row.owner_id));
  return { mine: owners.has(me), theirs: owners.has(other) };
}

/** `contacts` lets in who has a contact in common. */
async function takesRequests(tx: Tx, me: string, other: string): Promise<boolean> {
  const [row] = await tx.sql<{ audience: string | null; has_common: boolean }[]>`
    select settings->>'contactRequestsFrom' as audience, exists (
      select 1 from contacts theirs
      join contacts mine on mine.owner_id = ${me} and mine.contact_id = theirs.contact_id and mine.removed_at is null
      where theirs.owner_id = ${other} and theirs.removed_at is null
    ) as has_common
    from users where id = ${other}`;
  const audience = audienceOf(row?.audience);
  return audience === 'everyone' || (audience === 'contacts' && row?.has_common === true);
}

async function refuseFull(tx: Tx, me: string, other: string, now: number): Promise<void> {
  const [row] = await tx.sql<{ outgoing: number; incoming: number }[]>`
    select
      (select count(*)::int from contact_requests where from_id = ${me} and ended_at is null and expires_at > ${timeOf(tx.sql, now)}) as outgoing,
      (select count(*)::int from contact_requests where to_id = ${other} and ended_at is null and expires_at > ${timeOf(tx.sql, now)}) as incoming`;
  const { outgoing = 0, incoming = 0 } = row ?? {};
  if (outgoing < limits.contactRequestsMaxOutgoing && incoming < limits.contactRequestsMaxIncoming) return;
  throw new AppError('LIST_FULL', { message: 'Too many requests wait for an answer' });
}

async function insertRequest(tx: Tx, me: string, other: string, message: string | null, now: number): Promise<RequestRow> {
  const changes = await tx.moveUserHeads([me, other]);
  const [row] = await tx.sql<RequestRow[]>`
    insert into contact_requests as r (from_id, to_id, message, sent_at, expires_at, from_change, to_change)
    values (${me}, ${other}, ${message}, ${timeOf(tx.sql, now)}, ${timeOf(tx.sql, now + limits.contactRequestMs)},
      ${changes.get(me) ?? 0}, ${changes.get(other) ?? 0})
    on conflict (from_id, to_id) do update set
      message = excluded.message, sent_at = excluded.sent_at, expires_at = excluded.expires_at, ended_at = null, "end" = null,
      from_change = excluded.from_change, to_change = excluded.to_change
    returning ${requestColumns(tx.sql)}`;
  if (row === undefined) throw new AppError('INTERNAL');
  tellRequest(tx, row, changes);
  return row;
}
