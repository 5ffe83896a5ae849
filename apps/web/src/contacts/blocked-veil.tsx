'use client';

import { type ReactNode, useState } from 'react';
import { useVeiled, veiledWords } from './use-veiled.ts';

/** What somebody said in a group whom one has blocked is folded, until one wants to see it. */
export function BlockedVeil({
  userId,
  conversationId,
  children,
}: {
  userId: string;
  conversationId: string;
  children: ReactNode;
}) {
  const isVeiled = useVeiled(conversationId, userId);
  const [isShown, setShown] = useState(false);
  if (!isVeiled || isShown) return children;
  return (
    <span className="text-[13px] text-muted" data-testid="blocked-veil">
      {veiledWords} ·{' '}
      <button type="button" className="text-link underline" onClick={() => setShown(true)}>
        Show
      </button>
    </span>
  );
}
