'use client';

import { Fragment, useRef, useState } from 'react';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { keyCaps, keyRows } from './key-table.ts';
import { isMac } from './use-keys.ts';

const sections = [
  { scope: 'app', title: 'Everywhere' },
  { scope: 'composer', title: 'While writing' },
  { scope: 'messages', title: 'In the list of messages' },
  { scope: 'chats', title: 'In the list of chats' },
] as const;

/** Every key, made from the table that also makes the handlers. */
export function KeySheet() {
  const [query, setQuery] = useState('');
  const inputRef = useRef<HTMLInputElement>(null);
  const wanted = query.trim().toLowerCase();
  const mac = isMac();
  return (
    <LayerDialog title="Keyboard shortcuts" wide initialFocus={inputRef}>
      <div className="shrink-0 px-5 pb-3">
        <input
          ref={inputRef}
          type="search"
          aria-label="Find a shortcut"
          placeholder="Find a shortcut"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          className="h-11 w-full rounded-control border border-border-strong bg-surface-2 px-3"
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll the sheet. */}
      <section className="min-h-0 overflow-y-auto px-5 pb-5" tabIndex={0} aria-label="Shortcuts">
        {sections.map(({ scope, title }) => {
          const rows = keyRows.filter(
            ([, row]) => row.scope === scope && `${row.does} ${row.keys.join(' ')}`.toLowerCase().includes(wanted),
          );
          if (rows.length === 0) return null;
          return (
            <section key={scope} className="mb-4">
              <h2 className="py-1 font-semibold text-[13px] text-muted leading-[18px]">{title}</h2>
              <dl>
                {rows.map(([id, row]) => (
                  <div key={id} className="flex min-h-9 items-center gap-4 border-border border-t py-1">
                    <dt className="min-w-0 flex-1 text-[14px]">{row.does}</dt>
                    <dd className="flex shrink-0 items-center gap-1">
                      {row.keys.map((combination, index) => (
                        <Fragment key={combination}>
                          {index > 0 ? <span className="px-1 text-faint text-[12px]">or</span> : null}
                          {keyCaps(combination, mac).map((cap) => (
                            <kbd key={cap} className="rounded border border-border bg-surface-2 px-1.5 text-[12px] leading-5">
                              {cap}
                            </kbd>
                          ))}
                        </Fragment>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </section>
    </LayerDialog>
  );
}
