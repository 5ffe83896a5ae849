import { schema } from '@nexo/db';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { tokenHash } from '../auth/tokens.ts';
import type { ApiKey, Services } from '../context.ts';
import { scopesOf } from './keys.ts';

const { apiKeys } = schema;

/** How exactly it is kept when a key was last used: one write a minute at most. */
const touchEveryMs = 60_000;

/** The key that this is; null for what is none, or was revoked. Asks the database each time, so that a revocation holds at once. */
export async function authenticateKey(services: Pick<Services, 'db' | 'clock' | 'log'>, token: string): Promise<ApiKey | null> {
  const hash = tokenHash('key', token);
  if (hash === null) return null;
  const [row] = await services.db.orm
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt)));
  if (row === undefined) return null;
  await touch(services, row);
  return { id: row.id, name: row.name, scopes: scopesOf(row.scopes) };
}

/** Notes that the key was used. Nobody is turned away because this failed. */
async function touch(services: Pick<Services, 'db' | 'clock' | 'log'>, key: { id: string; lastUsedAt: Date | null }) {
  const now = services.clock.now();
  const due = new Date(now - touchEveryMs);
  if (key.lastUsedAt !== null && key.lastUsedAt >= due) return;
  try {
    await services.db.orm
      .update(apiKeys)
      .set({ lastUsedAt: new Date(now) })
      .where(and(eq(apiKeys.id, key.id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, due))));
  } catch (error) {
    services.log.warn({ error }, 'could not note when a key was used');
  }
}
