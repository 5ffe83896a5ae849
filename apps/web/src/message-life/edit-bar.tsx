'use client';

import { Pencil, X } from 'lucide-react';
import { plainExcerpt } from '../message-list/content-text.ts';

/** Above the composer while a message is being edited; `trouble`: why it could not be saved. */
export function EditBar({ original, trouble, onLeave }: { original: string; trouble: string; onLeave: () => void }) {
  return (
    <div className="flex min-h-11 items-center gap-3" data-testid="edit-bar">
      <Pencil size={18} aria-hidden="true" className="shrink-0 text-accent" />
      <div className="min-w-0 flex-1 border-accent border-s-[3px] ps-2 text-[13px] leading-[18px]">
        <p className="font-semibold text-accent">Edit message</p>
        <p className={trouble === '' ? 'truncate text-muted' : 'text-danger'} role={trouble === '' ? undefined : 'alert'}>
          {trouble === '' ? plainExcerpt(original) : trouble}
        </p>
      </div>
      <button
        type="button"
        onClick={onLeave}
        aria-label="Cancel edit"
        title="Cancel edit (Esc)"
        className="grid size-9 shrink-0 place-items-center rounded-control text-muted hover:bg-hover"
      >
        <X size={18} aria-hidden="true" />
      </button>
    </div>
  );
}
