'use client';

import { X } from 'lucide-react';
import { IconButton } from '../ui/button.tsx';
import { type TroublePlace, useActionTrouble } from './action-trouble.ts';

/** Where something was tried, over nothing that one reads or writes in; it goes by itself. */
export function ActionTrouble({ place }: { place: TroublePlace }) {
  const { words, place: told, clear } = useActionTrouble();
  const border = place === 'list' ? 'not-collapsed border-t' : 'border-b';
  return (
    <div role="alert" data-testid={`action-trouble:${place}`}>
      {words === '' || told !== place ? null : (
        <p
          className={`flex items-center gap-2 border-border bg-surface ps-4 pe-2 text-[13px] text-danger leading-[18px] ${border}`}
        >
          <span className="flex-1 py-2">{words}</span>
          <IconButton label="Close" onClick={clear}>
            <X size={16} aria-hidden="true" />
          </IconButton>
        </p>
      )}
    </div>
  );
}
