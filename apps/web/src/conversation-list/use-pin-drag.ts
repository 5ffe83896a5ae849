'use client';

import { useChatClient } from '@nexo/client/react';
import { type DragEvent, useRef } from 'react';
import { attempt } from '../own-settings/action-trouble.ts';

const overClass = 'drop-above';
const underClass = 'drop-below';

/** Pinned chats are arranged by dragging; handlers for the whole list. The row menu does the same without a mouse. */
export function usePinDrag(order: readonly string[], pinnedIds: ReadonlySet<string>) {
  const client = useChatClient();
  const dragged = useRef<string | null>(null);

  function rowAt(event: DragEvent): { row: HTMLElement; id: string; isBelow: boolean } | null {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-conversation]');
    const id = row?.dataset.conversation;
    if (row === null || id === undefined || !pinnedIds.has(id)) return null;
    const { top, height } = row.getBoundingClientRect();
    return { row, id, isBelow: event.clientY > top + height / 2 };
  }

  function unmark(list: Element): void {
    for (const row of list.querySelectorAll(`.${overClass}, .${underClass}`)) row.classList.remove(overClass, underClass);
  }

  return {
    onDragStart(event: DragEvent) {
      dragged.current = rowAt(event)?.id ?? null;
      if (dragged.current !== null) event.dataTransfer.effectAllowed = 'move';
    },
    onDragOver(event: DragEvent) {
      const at = dragged.current === null ? null : rowAt(event);
      if (dragged.current === null) return;
      unmark(event.currentTarget);
      if (at === null) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'move';
      at.row.classList.add(at.isBelow ? underClass : overClass);
    },
    onDrop(event: DragEvent) {
      const id = dragged.current;
      const at = rowAt(event);
      dragged.current = null;
      unmark(event.currentTarget);
      if (id === null || at === null || at.id === id) return;
      event.preventDefault();
      const others = order.filter((other) => pinnedIds.has(other) && other !== id);
      const index = others.indexOf(at.id) + (at.isBelow ? 0 : -1);
      void attempt(client.conversations.pin(id, others[index] ?? null));
    },
    onDragEnd(event: DragEvent) {
      dragged.current = null;
      unmark(event.currentTarget);
    },
  };
}
