import clsx from 'clsx';
import { type ComponentProps, useId } from 'react';

/** A labelled input with its hint and its error, both spoken with it. The line below has a fixed place, so nothing jumps. */
export function TextField({
  label,
  hint,
  error,
  className,
  ...props
}: ComponentProps<'input'> & { label: string; hint?: string | undefined; error?: string | undefined }) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block font-medium text-[13px] text-muted leading-[18px]">
        {label}
      </label>
      <input
        {...props}
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        className={clsx(
          'h-11 w-full rounded-control border bg-surface-2 px-3 text-[15px] max-[600px]:text-[16px]',
          error === undefined ? 'border-border-strong' : 'border-danger',
        )}
      />
      <p
        id={`${id}-note`}
        className={clsx('mb-1.5 min-h-[22px] pt-1 text-[12px] leading-4', error === undefined ? 'text-faint' : 'text-danger')}
      >
        {note ?? ''}
      </p>
    </div>
  );
}
