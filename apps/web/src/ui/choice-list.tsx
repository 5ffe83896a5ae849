'use client';

import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { isImePress } from '../keys/key-table.ts';

export interface Choice {
  id: string;
  content: ReactNode;
  /** Several may be chosen: whether this one is. */
  chosen?: boolean;
  onChoose: () => void;
}

/** A field over a list of choices: typing filters, arrows move, Enter takes. The focus stays in the field. */
export function ChoiceList({
  label,
  placeholder,
  query,
  onQuery,
  choices,
  note,
  inputRef,
  onBackspace,
  multiple = false,
}: {
  label: string;
  placeholder: string;
  query: string;
  onQuery: (query: string) => void;
  choices: readonly Choice[];
  /** Stands under the choices, or in their place when there are none. */
  note?: string;
  inputRef?: React.RefObject<HTMLInputElement | null>;
  /** Backspace in the empty field. */
  onBackspace?: () => void;
  multiple?: boolean;
}) {
  const listId = useId();
  const [activeId, setActiveId] = useState<string | undefined>(undefined);
  const found = choices.findIndex((choice) => choice.id === activeId);
  const active = found === -1 ? 0 : found;

  useEffect(() => {
    if (activeId !== undefined) document.getElementById(`${listId}-${activeId}`)?.scrollIntoView({ block: 'nearest' });
  }, [activeId, listId]);

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (isImePress(event.nativeEvent)) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined && choices.length > 0) {
      event.preventDefault();
      setActiveId(choices[(active + move + choices.length) % choices.length]?.id);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choices[active]?.onChoose();
    } else if (event.key === 'Backspace' && query === '') onBackspace?.();
  }

  const activeChoice = choices[active];
  return (
    <>
      <div className="shrink-0 px-5 pb-2">
        <input
          ref={inputRef}
          role="combobox"
          aria-label={label}
          aria-expanded="true"
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={activeChoice === undefined ? undefined : `${listId}-${activeChoice.id}`}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          placeholder={placeholder}
          value={query}
          onChange={(event) => {
            setActiveId(undefined);
            onQuery(event.target.value);
          }}
          onKeyDown={onKeyDown}
          className="h-11 w-full rounded-control border border-border-strong bg-surface-2 px-3 text-[15px] max-[600px]:text-[16px]"
        />
      </div>
      <div
        id={listId}
        role="listbox"
        aria-label={label}
        aria-multiselectable={multiple}
        className="min-h-0 flex-1 overflow-y-auto px-2 pb-2"
        tabIndex={-1}
      >
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys.
          <div
            key={choice.id}
            id={`${listId}-${choice.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={multiple ? choice.chosen === true : index === active}
            data-active={index === active}
            onClick={choice.onChoose}
            onPointerMove={() => setActiveId(choice.id)}
            onPointerDown={(event) => event.preventDefault()}
            className="flex min-h-12 cursor-pointer items-center gap-3 rounded-control px-3 py-1.5 data-[active=true]:bg-hover"
          >
            {choice.content}
          </div>
        ))}
      </div>
      <p role="status" className="min-h-3 shrink-0 px-5 pb-2 text-[13px] text-muted leading-[18px]">
        {note}
      </p>
    </>
  );
}
