import type { schema } from '@nexo/db';
import {
  type Audience,
  audienceSchema,
  type DoNotDisturb,
  doNotDisturbSchema,
  type MyUserView,
  type UserView,
} from '@nexo/shared';

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

/** What users see of their own row. */
export function myUserView(row: Parameters<typeof userView>[0] & Pick<UserRow, 'settings'>): MyUserView {
  const quiet = doNotDisturb(row.settings);
  return {
    ...userView(row),
    presenceVisibleTo: presenceVisibleTo(row.settings),
    readReceipts: readReceipts(row.settings),
    messagesFrom: audienceIn(row.settings, 'messagesFrom'),
    contactRequestsFrom: audienceIn(row.settings, 'contactRequestsFrom'),
    groupInvitesFrom: audienceIn(row.settings, 'groupInvitesFrom'),
    ...(quiet !== undefined && { doNotDisturb: quiet }),
  };
}

/** Whether users with these settings let others see what they have read. */
function readReceipts(settings: unknown): boolean {
  return !(typeof settings === 'object' && settings !== null && 'readReceipts' in settings && settings.readReceipts === false);
}

/** To whom users with these settings show their presence. */
export function presenceVisibleTo(settings: unknown): Audience {
  return audienceIn(settings, 'presenceVisibleTo');
}

/** A setting of this kind as it is stored; who has not chosen lets everybody in. */
export function audienceOf(stored: unknown): Audience {
  return audienceSchema.safeParse(stored).data ?? 'everyone';
}

function audienceIn(settings: unknown, name: string): Audience {
  return audienceOf(typeof settings === 'object' && settings !== null ? (settings as Record<string, unknown>)[name] : undefined);
}

/** Whether users with these settings want to be disturbed by nothing, and until when. */
function doNotDisturb(settings: unknown): DoNotDisturb | undefined {
  const set = typeof settings === 'object' && settings !== null && 'doNotDisturb' in settings ? settings.doNotDisturb : undefined;
  return doNotDisturbSchema.safeParse(set).data;
}
