import { schema } from '@nexo/db';
import { AppError, type UpsertUsersInput, type UserView } from '@nexo/shared';
import { inArray, sql } from 'drizzle-orm';
import type { BackendContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { type Tx, transact } from '../transact.ts';
import { myUserView, userView } from '../users/user-view.ts';

const { users } = schema;

export interface UpsertUsersResult {
  /** In the order named, with the ids as they are stored. */
  items: UserView[];
  createdUserIds: string[];
}

type Wanted = UpsertUsersInput['users'];

/**
 * Makes the users that do not exist and changes the others, all or none of them. The case of an id does not matter. What is the same
 * already is left alone, so that doing it again tells nobody anything. Throws INVALID_INPUT for a user named twice.
 */
export async function upsertUsers(ctx: BackendContext, input: UpsertUsersInput): Promise<UpsertUsersResult> {
  // By id, so that two batches with the same users never wait for each other in a circle.
  const wanted = input.users.toSorted((a, b) => (folded(a) < folded(b) ? -1 : 1));
  const twice = wanted.find((user, i) => i > 0 && folded(wanted[i - 1] ?? user) === folded(user));
  if (twice !== undefined) throw new AppError('INVALID_INPUT', { field: 'users', message: `${twice.userId} is named twice` });
  return transact(ctx, async (tx) => {
    const now = ctx.clock.now();
    const created = await insertMissing(ctx, tx, wanted, now);
    const changed = await updateKnown(tx, wanted, new Set(created), now);
    const rows = await tx.orm
      .select()
      .from(users)
      .where(inArray(sql`lower(${users.id})`, wanted.map(folded)));
    await tellProfiles(
      tx,
      rows.filter((row) => changed.has(row.id)),
    );
    const byId = new Map(rows.map((row) => [row.id.toLowerCase(), row]));
    const items = input.users.flatMap((user) => byId.get(folded(user)) ?? []).map(userView);
    return { items, createdUserIds: created };
  });
}

function folded(user: Wanted[number]): string {
  return user.userId.toLowerCase();
}

/** They begin with the settings of all new accounts. */
async function insertMissing(ctx: BackendContext, tx: Tx, wanted: Wanted, nowMs: number): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    with made as (
      insert into users (id, display_name, avatar_url, bio, kind, settings, created_at, updated_at)
      select t.id, coalesce(t.name, t.id), t.avatar, t.bio, coalesce(t.kind, 'person'),
        ${JSON.stringify(ctx.settings.newAccounts)}::text::jsonb, at, at
      from ${columnsOf(tx, wanted)}, ${timeOf(tx.sql, nowMs)} at
      order by t.place
      on conflict do nothing
      returning id
    )
    insert into user_heads (user_id) select id from made returning user_id as id`;
  return rows.map((row) => row.id);
}

/** Ids of those whose profile is another now. */
async function updateKnown(tx: Tx, wanted: Wanted, created: ReadonlySet<string>, nowMs: number): Promise<Set<string>> {
  const known = wanted.filter((user) => !created.has(user.userId));
  if (known.length === 0) return new Set();
  const rows = await tx.sql<{ id: string }[]>`
    with locked as materialized (
      select u.id, u.display_name, u.avatar_url, u.bio, u.kind,
        coalesce(t.name, u.display_name) as new_name,
        case when t.has_avatar = 1 then t.avatar else u.avatar_url end as new_avatar,
        case when t.has_bio = 1 then t.bio else u.bio end as new_bio,
        case when u.kind in ('person', 'bot') then coalesce(t.kind, u.kind) else u.kind end as new_kind
      from ${columnsOf(tx, known)} join users u on lower(u.id) = lower(t.id)
      order by lower(u.id)
      for no key update of u
    )
    update users u set
      display_name = l.new_name, avatar_url = l.new_avatar, bio = l.new_bio, kind = l.new_kind,
      updated_at = ${timeOf(tx.sql, nowMs)}
    from locked l
    where u.id = l.id
      and (l.display_name, l.avatar_url, l.bio, l.kind) is distinct from (l.new_name, l.new_avatar, l.new_bio, l.new_kind)
    returning u.id`;
  return new Set(rows.map((row) => row.id));
}

/** What is wanted as rows `t`. What is absent and what is to be cleared are both null: `has_…` tells them apart. */
function columnsOf(tx: Tx, wanted: Wanted) {
  const flag = (value: unknown) => (value === undefined ? 0 : 1);
  return tx.sql`unnest(
    ${wanted.map((user) => user.userId)}::text[],
    ${wanted.map((user) => user.displayName ?? null)}::text[],
    ${wanted.map((user) => user.avatarUrl ?? null)}::text[],
    ${wanted.map((user) => flag(user.avatarUrl))}::int[],
    ${wanted.map((user) => user.bio ?? null)}::text[],
    ${wanted.map((user) => flag(user.bio))}::int[],
    ${wanted.map((user) => user.kind ?? null)}::text[]
  ) with ordinality as t (id, name, avatar, has_avatar, bio, has_bio, kind, place)`;
}

/** Each of them hears of it in all their sessions. */
async function tellProfiles(tx: Tx, rows: (typeof users.$inferSelect)[]): Promise<void> {
  if (rows.length === 0) return;
  const changes = await tx.moveUserHeads(rows.map((row) => row.id));
  await tx.sql`
    update user_heads h set profile_change = h.change where h.user_id = any(${[...changes.keys()]}::text[])`;
  for (const row of rows) {
    const userChange = changes.get(row.id);
    if (userChange === undefined) throw new AppError('INTERNAL');
    const events = [{ type: 'me.profile' as const, userChange, user: myUserView(row) }];
    tx.tell({ kind: 'user', userId: row.id, change: userChange, events });
  }
}
