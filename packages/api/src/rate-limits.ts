/** What is limited. One row each in `rateLimitTable`. */
export type RateLimitName = keyof typeof rateLimitTable;

/** Points per duration; a key is an account or an address. */
export const rateLimitTable = {
  loginPerAccount: { points: 10, durationMs: 5 * 60_000 },
  loginPerAddress: { points: 60, durationMs: 5 * 60_000 },
  registerPerAddress: { points: 20, durationMs: 60 * 60_000 },
  searchPerUser: { points: 60, durationMs: 60_000 },
  createPerUser: { points: 120, durationMs: 60 * 60_000 },
} as const satisfies Record<string, { points: number; durationMs: number }>;

/** Token counts that refuse with RATE_LIMITED and the time to wait. */
export interface RateLimits {
  /** Takes one point of `key`; throws AppError RATE_LIMITED with `retryAfterMs` when none is left. */
  take(name: RateLimitName, key: string): Promise<void>;
  /** Forgets what was taken: after a right password, for the account. */
  reset(name: RateLimitName, key: string): Promise<void>;
}
