import clsx from 'clsx';
import type { ComponentProps } from 'react';

type Look = 'primary' | 'plain' | 'danger' | 'quiet';

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:brightness-110 active:brightness-95',
  plain: 'border border-border-strong bg-surface hover:bg-hover',
  danger: 'border border-danger text-danger bg-surface hover:bg-hover',
  quiet: 'text-link hover:underline px-1',
};

/** A button of words. Always of type `button` unless told otherwise. */
export function Button({ look = 'plain', className, ...props }: ComponentProps<'button'> & { look?: Look }) {
  return (
    <button
      type="button"
      {...props}
      className={clsx(
        'inline-flex h-10 shrink-0 items-center justify-center gap-2 rounded-control px-4 font-medium text-[14px] leading-5 disabled:opacity-50',
        looks[look],
        className,
      )}
    />
  );
}

/** A round or square button of one icon; `label` is its name for everybody. */
export function IconButton({ label, className, ...props }: ComponentProps<'button'> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...props}
      className={clsx(
        'grid size-9 shrink-0 place-items-center rounded-control text-muted hover:bg-hover hover:text-text disabled:opacity-40 aria-pressed:text-accent',
        className,
      )}
    />
  );
}
