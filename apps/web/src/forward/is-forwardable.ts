import type { TimelineMessage } from '@nexo/client';

/** Kinds of which nothing can be passed on. */
const staying: readonly string[] = ['notice', 'revoked', 'expired'];

/** What is on its way, what the system says, and what disappears or is gone stays where it is. */
export function isForwardable({ seq, content, expiresAt, disappearsAfterReadMs }: TimelineMessage): boolean {
  const stays = expiresAt === undefined && disappearsAfterReadMs === undefined;
  return seq !== undefined && stays && !staying.includes(content.type);
}
