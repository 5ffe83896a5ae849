'use client';

import { useEffect, useRef } from 'react';
import { useUi } from '../shell/ui-store.ts';
import { findKey, type KeyId } from './key-table.ts';

/** Handles a key; false: not now, ask the next one. */
type Handler = () => boolean | undefined;

interface Registration {
  handlers: Partial<Record<KeyId, Handler>>;
  /** Higher is asked first: the upper layer of the window. */
  priority: number;
}

const registrations = new Set<Registration>();

/** Handles keys of scope `app` for as long as the component is there. */
export function useAppKeys(handlers: Partial<Record<KeyId, Handler>>, priority = 0): void {
  const registration = useRef<Registration>({ handlers, priority });
  registration.current.handlers = handlers;
  useEffect(() => {
    const mine = registration.current;
    registrations.add(mine);
    return () => {
      registrations.delete(mine);
    };
  }, []);
}

/** The one listener of the window; once, in the shell. Not `enabled`: no key of the table does anything. */
export function useKeyListener(enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return;
    function onKeyDown(event: KeyboardEvent) {
      // A dialog has its own keys; what a list or a field has handled is handled.
      if (event.defaultPrevented || useUi.getState().layer !== null) return;
      const id = findKey(event, 'app', isTextField(event.target), isMac());
      if (id === undefined) return;
      const asked = [...registrations].sort((a, b) => b.priority - a.priority);
      for (const { handlers } of asked) {
        const handler = handlers[id];
        if (handler !== undefined && handler() !== false) {
          event.preventDefault();
          return;
        }
      }
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [enabled]);
}

/** Whether single letters belong to what has the focus. */
export function isTextField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      (target instanceof HTMLInputElement && isTextual(target)))
  );
}

function isTextual(input: HTMLInputElement): boolean {
  return !['button', 'checkbox', 'radio', 'range', 'submit', 'reset'].includes(input.type);
}

export function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
