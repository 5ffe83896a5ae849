export { type BusPair, busContract } from './bus.contract.ts';
export { type Caller, type CreateWorldOptions, createWorld, type World, type WorldUser } from './create-world.ts';
export { MemoryCookieJar } from './memory-cookie-jar.ts';
export { type PresencePair, presenceContract, sessionsOf } from './presence.contract.ts';
export { TurnableClock } from './turnable-clock.ts';
