'use client';

import { create } from 'zustand';

interface Announcement {
  text: string;
  /** Makes the same words heard twice. */
  turn: number;
}

const useAnnouncements = create<{ polite: Announcement; assertive: Announcement }>()(() => ({
  polite: { text: '', turn: 0 },
  assertive: { text: '', turn: 0 },
}));

/** Says something to people who listen instead of look. `assertive` interrupts: for a message that could not be sent only. */
export function announce(text: string, how: 'polite' | 'assertive' = 'polite'): void {
  useAnnouncements.setState((state) => ({ [how]: { text, turn: state[how].turn + 1 } }));
}

/** The two live regions of the page, outside of every list. */
export function LiveRegions() {
  const { polite, assertive } = useAnnouncements();
  return (
    <>
      <div role="status" aria-live="polite" className="sr-only" data-testid="live-polite">
        <span key={polite.turn}>{polite.text}</span>
      </div>
      <div role="alert" aria-live="assertive" className="sr-only" data-testid="live-assertive">
        <span key={assertive.turn}>{assertive.text}</span>
      </div>
    </>
  );
}
