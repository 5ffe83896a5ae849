import type { Session } from '@nexo/api';
import { AppError, type AuthResult, limits, type UserView } from '@nexo/shared';

/** Who may log in, and who is. It never fails and outlives every node: signing in is not what is tried here. */
export class Accounts {
  readonly #users: Map<string, UserView>;
  readonly #newId: () => string;
  readonly #nowMs: () => number;
  /** By refresh and by access token. */
  readonly #sessions = new Map<string, Session>();

  constructor(options: { users: Map<string, UserView>; newId(): string; nowMs(): number }) {
    this.#users = options.users;
    this.#newId = options.newId;
    this.#nowMs = options.nowMs;
  }

  find(token: string | undefined): Session | undefined {
    return token === undefined ? undefined : this.#sessions.get(token);
  }

  login({ userId }: { userId: string }): AuthResult {
    return this.#accept({ id: this.#newId(), userId, platform: 'server', transport: 'token' });
  }

  refresh(refreshToken: string | undefined): AuthResult {
    const session = this.find(refreshToken);
    if (session === undefined) throw new AppError('UNAUTHENTICATED');
    return this.#accept(session);
  }

  #accept(session: Session): AuthResult {
    const user = this.#users.get(session.userId);
    if (user === undefined) throw new AppError('WRONG_CREDENTIALS');
    const [accessToken, refreshToken] = [this.#newId(), this.#newId()];
    this.#sessions.set(accessToken, session);
    this.#sessions.set(refreshToken, session);
    const now = this.#nowMs();
    const view = { id: session.id, platform: session.platform, createdAt: now, lastSeenAt: now, current: true };
    return {
      user: {
        ...user,
        ...{
          presenceVisibleTo: 'everyone',
          messagesFrom: 'everyone',
          contactRequestsFrom: 'everyone',
          groupInvitesFrom: 'everyone',
          readReceipts: true,
        },
      },
      session: view,
      accessToken,
      refreshToken,
      accessTokenExpiresAt: now + limits.accessTokenMs,
    };
  }
}
