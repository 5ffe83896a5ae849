export type { Bus, BusMessage } from './bus.ts';
export type {
  Clock,
  CookieJar,
  EventStreams,
  Log,
  RequestContext,
  Services,
  Session,
  Settings,
  UserContext,
} from './context.ts';
export { isDatabaseAway, toAppError, toTrpcError } from './errors.ts';
export type { Lanes } from './messages/lanes.ts';
export { type RateLimitName, type RateLimits, rateLimitTable } from './rate-limits.ts';
export { type AppRouter, appRouter } from './router.ts';
