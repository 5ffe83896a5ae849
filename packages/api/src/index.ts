export { areSessionsAlive } from './auth/are-sessions-alive.ts';
export { authenticate } from './auth/authenticate.ts';
export { cookieNames } from './auth/cookies.ts';
export type { MultiLoginPolicy } from './auth/multi-login.ts';
export { makePasswords } from './auth/passwords.ts';
export { makeSessionCache } from './auth/session-cache.ts';
export { isKey } from './auth/tokens.ts';
export { authenticateKey } from './backend/authenticate-key.ts';
export { createKey, type KeyView, listKeys, revokeKey } from './backend/keys.ts';
export { type Bus, type BusListener, type BusMessage, type BusSubject, subjectOf, type ToldEvent } from './bus.ts';
export type {
  Clock,
  CookieJar,
  CustomKinds,
  EventStreams,
  Exchange,
  Log,
  RequestContext,
  Services,
  Session,
  Settings,
  UserContext,
} from './context.ts';
export { makeClockLook } from './conversations/start-clocks.ts';
export { isDatabaseAway, toAppError, toTrpcError } from './errors.ts';
export { shownEvent } from './groups/shown-event.ts';
export { LocalBus } from './local-bus.ts';
export { endOwnClocks } from './messages/end-own-clocks.ts';
export { expireMessages } from './messages/expire-messages.ts';
export { createLanes, type Lanes, laneSettings } from './messages/lanes.ts';
export { tellOfWrongPasswords } from './messages/tell-of-wrong-passwords.ts';
export { makeTypingReach } from './messages/typing-reach.ts';
export { planSettings } from './plan-settings.ts';
export { LocalPresence } from './presence/local-presence.ts';
export type {
  HeldPresence,
  HeldSession,
  PresenceChange,
  PresenceReading,
  PresenceStore,
} from './presence/presence-store.ts';
export { absentView, type PresenceViews, readPresenceViews } from './presence/presence-views.ts';
export { type Looking, mayLook } from './presence/visibility.ts';
export { addressKey, makeRateLimits, rateLimitTable, type SharedCounters } from './rate-limits.ts';
export { type AppRouter, appRouter } from './router.ts';
export { listCursors, readEvents, type UserCursors } from './sync/for-nodes.ts';
export { keyTurn } from './trpc.ts';
export { Turns, type TurnsOptions } from './turns.ts';
