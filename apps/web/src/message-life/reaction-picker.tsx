'use client';

import { type KeyboardEvent, useRef, useState } from 'react';
import { findEmoji } from './emoji-list.ts';
import { quickEmoji, useRecentEmoji } from './recent-emoji.ts';

/** Emoji in a row of the picker: as its style lays them. */
const columns = 8;

/** Finds an emoji by its words or by looking. Arrow keys walk, Enter takes; from the field Enter takes the first. */
export function ReactionPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const [query, setQuery] = useState('');
  const recent = useRecentEmoji((state) => state.recent);
  const gridRef = useRef<HTMLDivElement>(null);
  const groups = findEmoji(query);
  const shown =
    query.trim() === ''
      ? [{ name: 'Often used', emoji: quickEmoji(recent, columns).map((sign) => [sign, ''] as const) }, ...groups]
      : groups;

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const buttons = [...(gridRef.current?.querySelectorAll<HTMLButtonElement>('button') ?? [])];
    const index = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const inField = index === -1;
    if (inField && event.key === 'Enter') buttons[0]?.click();
    else if (inField && event.key === 'ArrowDown') buttons[0]?.focus();
    else if (inField) return;
    else if (event.key === 'ArrowRight') buttons[index + 1]?.focus();
    else if (event.key === 'ArrowLeft') buttons[index - 1]?.focus();
    else if (event.key === 'ArrowDown') (buttons[index + columns] ?? buttons.at(-1))?.focus();
    else if (event.key === 'ArrowUp' && index >= columns) buttons[index - columns]?.focus();
    else if (event.key === 'ArrowUp') event.currentTarget.querySelector('input')?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the field and the buttons inside are handled in one place.
    <div className="life-picker" onKeyDown={onKeyDown} data-testid="reaction-picker">
      <input
        type="search"
        aria-label="Find an emoji"
        placeholder="Find an emoji"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        className="h-10 w-full rounded-control border border-border-strong bg-surface-2 px-3 text-[14px]"
      />
      <div ref={gridRef} className="life-grid">
        {shown.map(({ name, emoji }) => (
          <section key={name} aria-label={name}>
            <h3>{name}</h3>
            <div>
              {emoji.map(([sign, words]) => (
                <button
                  key={sign}
                  type="button"
                  tabIndex={-1}
                  title={words}
                  aria-label={words === '' ? sign : `${sign} ${words}`}
                  onClick={() => onPick(sign)}
                >
                  {sign}
                </button>
              ))}
            </div>
          </section>
        ))}
        {shown.length === 0 ? <p className="py-6 text-center text-[13px] text-muted">No emoji has this name.</p> : null}
      </div>
    </div>
  );
}
