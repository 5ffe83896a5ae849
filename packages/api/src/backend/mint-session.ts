import { schema } from '@nexo/db';
import { AppError, type AuthResult, type MintSessionInput } from '@nexo/shared';
import { eq } from 'drizzle-orm';
import { handOver } from '../auth/cookies.ts';
import { sessionView } from '../auth/session-rows.ts';
import { startSession } from '../auth/start-session.ts';
import type { BackendContext } from '../context.ts';
import { transact } from '../transact.ts';
import { myUserView } from '../users/user-view.ts';
import { findPerson } from './find-person.ts';

/**
 * Begins a session of a user, as a login does, and answers its tokens: the customer's server hands them to its own client. Throws
 * NOT_FOUND.
 */
export async function mintSession(ctx: BackendContext, input: MintSessionInput): Promise<AuthResult> {
  const { platform, deviceName } = input;
  const userId = await findPerson(ctx.db.sql, input.userId);
  return transact(ctx, async (tx) => {
    const { session, tokens } = await startSession(tx, ctx, userId, { platform, deviceName, transport: 'token' });
    const [user] = await tx.orm.select().from(schema.users).where(eq(schema.users.id, userId));
    if (user === undefined) throw new AppError('NOT_FOUND', { field: 'userId' });
    return handOver(ctx, null, tokens, { user: myUserView(user), session: sessionView(session, session.id) });
  });
}
