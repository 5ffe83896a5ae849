'use client';

import { useMe } from '@nexo/client/react';
import type { ReplyView } from '@nexo/shared';
import clsx from 'clsx';
import { Forward } from 'lucide-react';
import { useVeiled, veiledWords } from '../contacts/use-veiled.ts';
import { nameColor } from '../lib/names.ts';
import { useDisplayName, useNameIn } from '../people/use-display-name.ts';
import { excerpt } from './content-text.ts';

/** What a message answers; a press goes there. */
export function QuoteBlock({
  conversationId,
  reply,
  onJump,
}: {
  conversationId: string;
  reply: ReplyView;
  onJump: (seq: number) => void;
}) {
  const author = useNameIn(conversationId, reply.senderId);
  const isVeiled = useVeiled(conversationId, reply.senderId);
  const said = isVeiled ? veiledWords : reply.excerpt === '' ? 'This message is gone' : excerpt(reply.excerpt);
  return (
    <button
      type="button"
      tabIndex={-1}
      className="msg-quote"
      style={{ ['--quote-color' as string]: nameColor(reply.senderId) }}
      onClick={() => onJump(reply.seq)}
      data-testid={`quote:${reply.seq}`}
    >
      <span className="msg-quote-name">{author}</span>
      <span className={clsx(reply.revoked === true && 'msg-deleted')}>{reply.revoked === true ? 'Message deleted' : said}</span>
    </button>
  );
}

/** Who said it first; not when it is who says it now, whose name stands there anyway. */
export function ForwardedFrom({ userId, senderId }: { userId: string; senderId: string }) {
  const meId = useMe()?.id;
  const first = useDisplayName(userId);
  return (
    <p className="msg-forwarded">
      <Forward size={12} aria-hidden="true" />
      <span>
        Forwarded
        {userId === senderId ? null : userId === meId ? (
          ' from you'
        ) : (
          <>
            {' '}
            from <bdi>{first}</bdi>
          </>
        )}
      </span>
    </p>
  );
}
