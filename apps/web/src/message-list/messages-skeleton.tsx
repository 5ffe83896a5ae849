const skeletonWidths = [62, 38, 80, 44, 55, 30, 70, 48];

/** What stands for the messages while they are loaded for the first time. */
export function MessagesSkeleton() {
  return (
    <div className="skeleton absolute inset-0 flex flex-col justify-end overflow-hidden" aria-hidden="true">
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-5 p-6">
        {skeletonWidths.map((width) => (
          <div key={width} className="flex gap-3">
            <div className="size-9 rounded-full bg-hover" />
            <div className="flex-1 space-y-2">
              <div className="h-3 w-24 rounded bg-hover" />
              <div className="h-4 rounded bg-hover" style={{ width: `${width}%` }} />
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}
