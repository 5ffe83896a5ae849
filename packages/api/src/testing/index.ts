export { type Counters, type Decision, decide, type Facts, memberKey, replyKey, type Send, sendKey } from '../messages/decide.ts';
export { KnownConversations } from '../messages/known-conversations.ts';
export { type Commit, Lane } from '../messages/lane.ts';
export { doorbellOf } from '../transact.ts';
export { type BusPair, busContract } from './bus.contract.ts';
export { type Caller, type CreateWorldOptions, createWorld, type World, type WorldUser } from './create-world.ts';
export { MemoryCookieJar } from './memory-cookie-jar.ts';
export { type PresencePair, presenceContract, sessionsOf } from './presence.contract.ts';
export { TurnableClock } from './turnable-clock.ts';
