'use client';

import './globals.css';
import { Notice } from '../ui/notice.tsx';

export default function GlobalError({ reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main className="grid h-dvh place-items-center">
          <Notice
            words="Nexo met a fault in this page. Your messages and drafts are kept."
            action={{ label: 'Show it again', onClick: reset }}
          />
        </main>
      </body>
    </html>
  );
}
