'use client';

import { useChatClient } from '@nexo/client/react';
import { useCallback, useMemo, useSyncExternalStore } from 'react';

/**
 * Names of several people, each loaded when it is not known: `nameOf(id)` answers the id until then, and the own name for a contact
 * where there is one. `You` for oneself.
 */
export function useNames(userIds: readonly string[]): (userId: string) => string {
  const { store } = useChatClient();
  const key = [...new Set(userIds)].sort().join('\n');
  const ids = useMemo(() => (key === '' ? [] : key.split('\n')), [key]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = [store.me, ...ids.flatMap((id) => [store.user(id), store.relation(id)])].map((readable) =>
        readable.subscribe(listener),
      );
      return () => {
        for (const stop of stops) stop();
      };
    },
    [store, ids],
  );
  const snapshot = () => {
    const meId = store.me.get()?.id;
    const nameOf = (id: string) => store.relation(id).get().contact?.remark ?? store.user(id).get()?.displayName ?? id;
    return ids.map((id) => (id === meId ? 'You' : nameOf(id))).join('\n');
  };
  const names = useSyncExternalStore(subscribe, snapshot, snapshot);
  return useMemo(() => {
    const list = names.split('\n');
    const byId = new Map(ids.map((id, index) => [id, list[index] ?? id]));
    return (id: string) => byId.get(id) ?? id;
  }, [names, ids]);
}
