import type { Readable, Timeline, TimelineMessage } from '@nexo/client';
import { contentDigest } from '../../history/digest.ts';

/** One row as a person sees it. */
export interface ShownRow {
  seq: number;
  editedAt: number;
  content: string;
  gone: boolean;
}

/** Tells of each confirmed row of a timeline when it comes and when its words change, as long as there is somebody to tell. */
export function watchShown(timeline: Readable<Timeline>, tell: (row: ShownRow) => void): void {
  const known = new Map<number, TimelineMessage['content']>();
  timeline.subscribe(() => {
    for (const { seq, content, editedAt = 0 } of timeline.get().items) {
      if (seq === undefined || known.get(seq) === content) continue;
      known.set(seq, content);
      tell({ seq, editedAt, content: contentDigest(content, undefined), gone: content.type === 'revoked' });
    }
  });
}
