import type { Scheduler } from './scheduler.ts';

const own = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  random: Math.random,
  now: Date.now,
};
const performanceNow = performance.now.bind(performance);

/**
 * Puts the scheduler in the place of the timers and clocks of the platform, so that the server's code runs as it is. Whatever
 * sets a timer, a library included, is then part of the story. Returns how to give them back.
 *
 * Chance outside of the seed would make the story another one each time, so there is none.
 */
export function takeOverPlatform(scheduler: Scheduler): () => void {
  const later = (work: () => void, ms = 0) => scheduler.after(scheduler.current, Math.max(1, ms), 'timer', work);
  const soon = (work: () => void) => scheduler.after(scheduler.current, 0, 'immediate', work);
  const forget = (happening: unknown) => scheduler.cancel(happening);
  Object.assign(globalThis, { setTimeout: later, clearTimeout: forget, setImmediate: soon, clearImmediate: forget });
  Math.random = () => {
    throw new Error('Chance that no seed knows of');
  };
  Date.now = () => Math.floor(scheduler.nowMs);
  performance.now = () => scheduler.nowMs;
  return () => {
    const { setTimeout, clearTimeout, setImmediate, clearImmediate } = own;
    Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate, clearImmediate });
    Math.random = own.random;
    Date.now = own.now;
    performance.now = performanceNow;
  };
}
