'use client';

import { useTheme } from 'next-themes';

const choices = [
  { id: 'system', label: 'Like the system' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
];

/** Light or dark; kept in this browser. */
export function Appearance() {
  const { theme, setTheme } = useTheme();
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">Colours</legend>
      {choices.map(({ id, label }) => (
        <label
          key={id}
          className="flex h-10 cursor-pointer items-center gap-2 rounded-control border border-border-strong px-4 text-[14px] has-[:checked]:border-accent has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-accent has-[:focus-visible]:outline-offset-2"
        >
          <input
            type="radio"
            name="theme"
            value={id}
            checked={theme === id}
            onChange={() => setTheme(id)}
            className="accent-[var(--accent)]"
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
