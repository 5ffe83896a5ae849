import * as z from 'zod/mini';
import { userIdSchema, uuidSchema } from './ids.ts';
import * as limits from './limits.ts';
import { platformSchema } from './platforms.ts';
import { oneLine } from './text.ts';
import { displayNameSchema, myUserViewSchema } from './users.ts';

/** Rules of length are in the verb, so that a weak password has a code of its own. */
const passwordSchema = z.string().check(z.minLength(1), z.maxLength(limits.passwordMaxChars));

export const deviceNameSchema = z.optional(z.string().check(z.trim(), z.maxLength(limits.deviceNameMaxChars), oneLine));

const sessionFields = {
  platform: platformSchema,
  deviceName: deviceNameSchema,
  /** `cookie`: the tokens travel in HttpOnly cookies only and are absent from the answer. Default `token`. */
  transport: z.optional(z.enum(['token', 'cookie'])),
};

export const registerInput = z.strictObject({
  userId: userIdSchema,
  password: passwordSchema,
  displayName: displayNameSchema,
  ...sessionFields,
});
export type RegisterInput = z.infer<typeof registerInput>;

export const loginInput = z.strictObject({ userId: userIdSchema, password: passwordSchema, ...sessionFields });
export type LoginInput = z.infer<typeof loginInput>;

/** One login on one platform. Times are epoch milliseconds. */
export const sessionViewSchema = z.object({
  id: uuidSchema,
  platform: platformSchema,
  deviceName: z.optional(z.string()),
  /** The network address it was last seen at. */
  address: z.optional(z.string()),
  createdAt: z.number(),
  lastSeenAt: z.number(),
  /** The session that asked. */
  current: z.boolean(),
});
export type SessionView = z.infer<typeof sessionViewSchema>;

/** Answer of register, login and refresh. With `cookie` transport the three token fields are absent. */
export const authResultSchema = z.object({
  user: myUserViewSchema,
  session: sessionViewSchema,
  accessToken: z.optional(z.string()),
  accessTokenExpiresAt: z.number(),
  refreshToken: z.optional(z.string()),
});
export type AuthResult = z.infer<typeof authResultSchema>;

/** auth.refresh: the refresh token from the cookie when absent. */
export const refreshInput = z.strictObject({ refreshToken: z.optional(z.string().check(z.maxLength(200))) });
export type RefreshInput = z.infer<typeof refreshInput>;

/**
 * auth.logoutOthers, auth.logoutAll: ending other sessions asks for the password of an account that has one, or whoever has stolen a
 * session could lock its owner out everywhere else.
 */
export const confirmedInput = z.optional(z.strictObject({ password: z.optional(passwordSchema) }));
export type ConfirmedInput = z.infer<typeof confirmedInput>;

/** auth.revokeSession: the password as above, but for the session that asks. */
export const revokeSessionInput = z.strictObject({ sessionId: uuidSchema, password: z.optional(passwordSchema) });
export type RevokeSessionInput = z.infer<typeof revokeSessionInput>;

/** auth.changePassword: every other session is signed out. */
export const changePasswordInput = z.strictObject({ currentPassword: passwordSchema, newPassword: passwordSchema });
export type ChangePasswordInput = z.infer<typeof changePasswordInput>;

/** auth.redeem: begins a session with a ticket that the customer's server was given for the user (`backend.mintTicket`). */
export const redeemInput = z.strictObject({ ticket: z.string().check(z.maxLength(200)), ...sessionFields });
export type RedeemInput = z.infer<typeof redeemInput>;

/**
 * auth.options: how one gets in here. `registrationOpen`: people may make accounts themselves. `ownAccount`, for who is logged in: the
 * account is Nexo's own, with a password; else the customer's server lets this user in.
 */
export const authOptionsSchema = z.object({ registrationOpen: z.boolean(), ownAccount: z.optional(z.boolean()) });
export type AuthOptions = z.infer<typeof authOptionsSchema>;
