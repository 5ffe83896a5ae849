'use client';

import { Notice } from '../ui/notice.tsx';

/** Last net of the app: what is written and unsent is kept in the browser, so reloading is safe. */
export default function AppError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="grid h-dvh place-items-center bg-canvas">
      <Notice
        words="Nexo met a fault in this page. Your messages and drafts are kept."
        action={{ label: 'Show it again', onClick: reset }}
      />
    </main>
  );
}
