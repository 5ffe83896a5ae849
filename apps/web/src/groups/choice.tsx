'use client';

import { useId } from 'react';

/** One of a few, chosen with what the system has for it. Why it cannot be changed stands below. */
export function Choice<Key extends string>({
  label,
  value,
  options,
  onChange,
  why = null,
}: {
  label: string;
  value: Key;
  options: Record<Key, string>;
  onChange: (value: Key) => void;
  why?: string | null;
}) {
  const id = useId();
  const keys = Object.keys(options) as Key[];
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-[13px] text-muted leading-[18px]">
        {label}
      </label>
      <select
        id={id}
        value={value}
        disabled={why !== null}
        title={why ?? undefined}
        onChange={(event) => {
          const chosen = keys.find((key) => key === event.target.value);
          if (chosen !== undefined) onChange(chosen);
        }}
        className="h-10 w-full rounded-control border border-border-strong bg-surface-2 px-2 text-[14px] disabled:opacity-70 max-[600px]:text-[16px]"
      >
        {keys.map((key) => (
          <option key={key} value={key}>
            {options[key]}
          </option>
        ))}
      </select>
    </div>
  );
}
