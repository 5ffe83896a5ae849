import { schema } from '@nexo/db';
import { and, eq, isNull, lt } from 'drizzle-orm';
import type { Services, Session } from '../context.ts';
import type { FoundSession } from './session-cache.ts';
import { isAlive, noteSuccess, platformOf } from './session-rows.ts';
import { tokenHash } from './tokens.ts';

const { sessions, tokens } = schema;

type AuthenticationServices = Pick<Services, 'db' | 'clock' | 'log' | 'sessionCache'>;

/** How exactly a session's `lastSeenAt` is kept: one write a minute at most. */
const touchEveryMs = 60_000;

/**
 * The live session of an access token; null for a token that is unknown, expired, or whose session has ended. One indexed look-up,
 * believed for at most a second and no longer than until the bus says that the session is revoked. `address` is where the token comes
 * from, noted with when.
 */
export async function authenticate(
  services: AuthenticationServices,
  accessToken: string,
  address?: string,
): Promise<Session | null> {
  const hash = tokenHash('access', accessToken);
  if (hash === null) return null;
  return services.sessionCache.get(Buffer.from(hash).toString('base64'), () => findSession(services, hash, address));
}

async function findSession(
  services: AuthenticationServices,
  hash: Uint8Array,
  address: string | undefined,
): Promise<FoundSession | null> {
  const [row] = await services.db.orm
    .select({ session: sessions, token: tokens })
    .from(tokens)
    .innerJoin(sessions, eq(sessions.id, tokens.sessionId))
    .where(and(eq(tokens.hash, hash), eq(tokens.kind, 'access')));
  const now = services.clock.now();
  if (row === undefined || row.token.expiresAt.getTime() <= now || !isAlive(row.session, now)) return null;
  const { hash: own, usedAt, parentHash } = row.token;
  if (parentHash !== null && usedAt === null) await noteFirstUse(services, own, parentHash, new Date(now));
  await touch(services, row.session, address, now);
  const { id, userId, transport } = row.session;
  const expiresAt = Math.min(row.token.expiresAt.getTime(), row.session.expiresAt.getTime());
  return { session: { id, userId, transport, platform: platformOf(row.session) }, expiresAt };
}

/** Notes that the answer with this token has arrived. Not knowing it would let a copied refresh token pass, so a failure is the caller's. */
async function noteFirstUse({ db }: AuthenticationServices, hash: Uint8Array, parentHash: Uint8Array, now: Date): Promise<void> {
  await noteSuccess(db.orm, parentHash, now);
  await db.orm.update(tokens).set({ usedAt: now }).where(eq(tokens.hash, hash));
}

/** Notes that the session was seen, and where. Nobody is turned away because this failed. */
async function touch(
  services: AuthenticationServices,
  session: { id: string; lastSeenAt: Date; address: string | null },
  address: string | undefined,
  nowMs: number,
): Promise<void> {
  const due = new Date(nowMs - touchEveryMs);
  // A session that was begun by the customer's server has no address before it is first used.
  const isUnknown = address !== undefined && session.address === null;
  if (session.lastSeenAt >= due && !isUnknown) return;
  try {
    await services.db.orm
      .update(sessions)
      .set({ lastSeenAt: new Date(nowMs), ...(address !== undefined && { address }) })
      .where(and(eq(sessions.id, session.id), isUnknown ? isNull(sessions.address) : lt(sessions.lastSeenAt, due)));
  } catch (error) {
    services.log.warn({ error }, 'could not note when a session was seen');
  }
}
