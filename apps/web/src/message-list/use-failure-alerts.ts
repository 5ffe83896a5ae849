'use client';

import type { TimelineMessage } from '@nexo/client';
import { useOutbox } from '@nexo/client/react';
import { useEffect, useRef } from 'react';
import { announce } from '../ui/live-regions.tsx';

/** Each message that could not be sent is said once. */
export function useFailureAlerts(items: readonly TimelineMessage[]): void {
  const { failed } = useOutbox();
  const told = useRef(new Set<string>());
  useEffect(() => {
    if (failed === 0) return;
    for (const item of items) {
      if (item.state !== 'failed' || told.current.has(item.key)) continue;
      told.current.add(item.key);
      announce('Not sent', 'assertive');
    }
  }, [items, failed]);
}
