import type { TimelineMessage } from '@nexo/client';

/** What is on its way, what the system says, and what disappears stays where it is. */
export function isForwardable({ seq, content, expiresAt, disappearsAfterReadMs }: TimelineMessage): boolean {
  const stays = expiresAt === undefined && disappearsAfterReadMs === undefined;
  return seq !== undefined && stays && content.type !== 'notice' && content.type !== 'expired';
}
