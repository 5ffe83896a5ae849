import { newId } from '@nexo/shared';
import { useRef } from 'react';

/**
 * One id for one wish, however often it is pressed: when the answer to the first press got lost, the second does nothing twice. Another
 * wish has another id.
 */
export function useAttemptId(): (wish: unknown) => string {
  const last = useRef<{ wish: string; id: string } | null>(null);
  return (wish) => {
    const asText = JSON.stringify(wish);
    if (last.current?.wish !== asText) last.current = { wish: asText, id: newId() };
    return last.current.id;
  };
}
