'use client';

import { AtSign } from 'lucide-react';

/** The way to the next unread message that speaks to oneself, and how many there are. */
export function JumpMention({ count, raised, onClick }: { count: number; raised: boolean; onClick: () => void }) {
  const words = `Jump to the next mention, ${count} unread`;
  return (
    <button
      type="button"
      onClick={onClick}
      aria-label={words}
      title={words}
      data-testid="jump-to-mention"
      className={`absolute end-4 z-10 grid size-10 place-items-center rounded-full border border-border-strong bg-surface text-muted hover:bg-hover hover:text-text ${
        raised ? 'bottom-18' : 'bottom-4'
      }`}
    >
      <AtSign size={20} aria-hidden="true" />
      <span className="tabular absolute -top-2 min-w-5 rounded-full bg-accent px-1.5 text-center font-semibold text-[12px] text-on-accent leading-5">
        {count > 99 ? '99+' : count}
      </span>
    </button>
  );
}
