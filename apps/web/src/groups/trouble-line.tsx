import { Button } from '../ui/button.tsx';

/** What was refused, or else what was told; with the way to try it again when there is one. */
export function TroubleLine({ trouble, told = '', onRetry }: { trouble: string; told?: string; onRetry?: () => void }) {
  return (
    <div className="flex items-center gap-2 px-5">
      <p
        role="status"
        className={`flex-1 text-[13px] leading-[18px] empty:hidden ${trouble === '' ? 'text-muted' : 'py-2 text-danger'}`}
      >
        {trouble || told}
      </p>
      {trouble === '' || onRetry === undefined ? null : (
        <Button look="quiet" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
