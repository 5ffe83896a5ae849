import type { ReactNode } from 'react';
import { Button } from './button.tsx';

type Action = { label: string; onClick: () => void } | { label: string; href: string };

/** One line and one action, in the middle of an empty or broken place. */
export function Notice({ words, action, children }: { words: string; action?: Action; children?: ReactNode }) {
  return (
    <div className="flex max-w-[420px] flex-col items-center gap-4 px-6 text-center">
      {children}
      <p className="text-muted">{words}</p>
      {action === undefined ? null : 'href' in action ? (
        <a href={action.href} className="font-medium text-link underline-offset-2 hover:underline">
          {action.label}
        </a>
      ) : (
        <Button onClick={action.onClick}>{action.label}</Button>
      )}
    </div>
  );
}
