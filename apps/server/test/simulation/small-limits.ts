import { limits } from '@nexo/shared';
import { writeLimit } from './write-limit.ts';

/** Bounds that a short story can meet, in the place of those that a long life meets. */
const small = {
  changesMax: 6,
  latestPageMessages: 4,
  pageMax: 5,
  resumeMaxAdded: 2,
  resumeMaxConversations: 2,
  busHoldMaxMessages: 3,
  positionsMaxConversations: 2,
  laneBatchMaxMessages: 3,
  outboundSoftMaxBytes: 4 * 1024,
  outboundHardMaxBytes: 12 * 1024,
  outboundFrameBytes: 1024,
  drainMaxMs: 2_000,
};

const usual = Object.fromEntries(Object.keys(small).map((name) => [name, limits[name as keyof typeof small]]));

/** Sets the table of limits, which every part reads as it goes. */
export function setLimits(isSmall: boolean): void {
  for (const [name, value] of Object.entries(isSmall ? small : usual)) writeLimit(name, value);
}
