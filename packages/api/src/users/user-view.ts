import type { schema } from '@nexo/db';
import type { UserView } from '@nexo/shared';

type UserRow = typeof schema.users.$inferSelect;

/** What anybody may see of a user row. */
export function userView(row: Pick<UserRow, 'id' | 'displayName' | 'avatarUrl' | 'bio' | 'kind'>): UserView {
  return {
    id: row.id,
    displayName: row.displayName,
    ...(row.avatarUrl !== null && { avatarUrl: row.avatarUrl }),
    ...(row.bio !== null && { bio: row.bio }),
    kind: row.kind,
  };
}
