'use client';

import { X } from 'lucide-react';
import { IconButton } from '../ui/button.tsx';
import { useActionTrouble } from './action-trouble.ts';

/** At the foot of the list, where it covers no row that one reads at the top; it goes by itself. */
export function ActionTrouble() {
  const { words, clear } = useActionTrouble();
  return (
    <div role="alert" data-testid="action-trouble">
      {words === '' ? null : (
        <p className="not-collapsed flex items-center gap-2 border-border border-t bg-surface ps-4 pe-2 text-[13px] text-danger leading-[18px]">
          <span className="flex-1 py-2">{words}</span>
          <IconButton label="Close" onClick={clear}>
            <X size={16} aria-hidden="true" />
          </IconButton>
        </p>
      )}
    </div>
  );
}
