import { type Db, schema } from '@nexo/db';
import { AppError, type Scope, scopes } from '@nexo/shared';
import { and, desc, eq, isNull } from 'drizzle-orm';
import { makeToken } from '../auth/tokens.ts';
import type { Services } from '../context.ts';

const { apiKeys } = schema;

type KeyServices = { db: Pick<Db, 'orm'> } & Pick<Services, 'clock' | 'newId'>;

/** A key as a list shows it. Times are epoch milliseconds; null: never, or not revoked. */
export interface KeyView {
  id: string;
  name: string;
  /** Its last characters. */
  ending: string;
  scopes: Scope[];
  createdAt: number;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

const endingChars = 4;

/** Makes a key for a customer's server. It is in this answer and nowhere else: only its hash is stored. */
export async function createKey(
  services: KeyServices,
  { name, scopes: wanted }: { name: string; scopes: readonly Scope[] },
): Promise<{ key: string; view: KeyView }> {
  const { token, hash } = makeToken('key');
  const [row] = await services.db.orm
    .insert(apiKeys)
    .values({
      id: services.newId(),
      name,
      hash,
      ending: token.slice(-endingChars),
      scopes: scopes.filter((scope) => wanted.includes(scope)).join(' '),
      createdAt: new Date(services.clock.now()),
    })
    .returning();
  if (row === undefined) throw new AppError('INTERNAL');
  return { key: token, view: keyView(row) };
}

/** Every key that ever was, the newest first. */
export async function listKeys(services: Pick<KeyServices, 'db'>): Promise<KeyView[]> {
  const rows = await services.db.orm.select().from(apiKeys).orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
  return rows.map(keyView);
}

/** From its commit on nobody gets in with this key. Throws NOT_FOUND for what is no key, or was revoked before. */
export async function revokeKey(services: Pick<KeyServices, 'db' | 'clock'>, id: string): Promise<void> {
  const revoked = await services.db.orm
    .update(apiKeys)
    .set({ revokedAt: new Date(services.clock.now()) })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  if (revoked.length === 0) throw new AppError('NOT_FOUND', { message: 'No such key' });
}

function keyView(row: typeof apiKeys.$inferSelect): KeyView {
  return {
    id: row.id,
    name: row.name,
    ending: row.ending,
    scopes: scopesOf(row.scopes),
    createdAt: row.createdAt.getTime(),
    lastUsedAt: row.lastUsedAt?.getTime() ?? null,
    revokedAt: row.revokedAt?.getTime() ?? null,
  };
}

/** Those of a stored list that this version knows. */
export function scopesOf(stored: string): Scope[] {
  const held = stored.split(' ');
  return scopes.filter((scope) => held.includes(scope));
}
