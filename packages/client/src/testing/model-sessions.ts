import { AppError, type AuthResult, limits, type MyUserView, newId } from '@nexo/shared';
import type { ModelData, ModelSession } from './model-data.ts';

/** Logging in at the model server: anybody may, with any password. */
export function makeModelSessions(data: ModelData) {
  function register(input: { userId: string; displayName: string }): AuthResult {
    data.users.set(input.userId, {
      ...{ id: input.userId, displayName: input.displayName, kind: 'person' },
      presenceVisibleTo: 'everyone',
      readReceipts: true,
      messagesFrom: 'everyone',
      contactRequestsFrom: 'everyone',
      groupInvitesFrom: 'everyone',
    });
    return signIn(input.userId);
  }

  function find(token: string | undefined): ModelSession | undefined {
    return [...data.sessions].find((session) => session.accessToken === token);
  }

  function signIn(userId: string): AuthResult {
    const user = data.users.get(userId);
    if (user === undefined) throw new AppError('WRONG_CREDENTIALS');
    const session: ModelSession = { id: newId(), userId, ...freshTokens() };
    data.sessions.add(session);
    return resultOf(user, session);
  }

  function refresh(refreshToken: string | undefined): AuthResult {
    const session = [...data.sessions].find((other) => other.refreshToken === refreshToken);
    const user = data.users.get(session?.userId ?? '');
    if (session === undefined || user === undefined) throw new AppError('UNAUTHENTICATED');
    Object.assign(session, freshTokens());
    return resultOf(user, session);
  }

  function freshTokens(): Pick<ModelSession, 'accessToken' | 'refreshToken'> {
    return { accessToken: newId(), refreshToken: newId() };
  }

  function resultOf(user: MyUserView, session: ModelSession): AuthResult {
    const { id, accessToken, refreshToken } = session;
    const now = data.time.now();
    const view = { id, platform: 'server' as const, createdAt: now, lastSeenAt: now, current: true };
    return { user, session: view, accessToken, refreshToken, accessTokenExpiresAt: now + limits.accessTokenMs };
  }

  return {
    register,
    find,
    signIn,
    refresh,
    /** No access token that anybody holds is good any more. */
    expireTokens() {
      for (const session of data.sessions) session.accessToken = newId();
    },
  };
}
