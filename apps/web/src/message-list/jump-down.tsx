'use client';

import { ArrowDown } from 'lucide-react';

/** The way to the newest message, and how many wait there unread. */
export function JumpDown({ count, onClick }: { count: number; onClick: () => void }) {
  const words = count === 0 ? 'Jump to newest' : `Jump to newest, ${count} unread`;
  return (
    <button
      type="button"
      onClick={onClick}
      aria-label={words}
      title={words}
      data-testid="jump-to-newest"
      className="absolute end-4 bottom-4 z-10 grid size-10 place-items-center rounded-full border border-border-strong bg-surface text-muted hover:bg-hover hover:text-text"
    >
      <ArrowDown size={20} aria-hidden="true" />
      {count > 0 ? (
        <span
          data-testid="jump-count"
          className="tabular absolute -top-2 min-w-5 rounded-full bg-accent px-1.5 text-center font-semibold text-[12px] text-on-accent leading-5"
        >
          {count > 999 ? '999+' : count}
        </span>
      ) : null}
    </button>
  );
}
