import type { ConversationView } from '@nexo/shared';
import type { ClientState } from './state.ts';

/**
 * The state after a change, or as it was when the change cannot be made of what the server said: one fact that is damaged, or
 * of a kind that only a newer client knows, must not keep all the others away.
 */
export function tolerantly(state: ClientState, change: (state: ClientState) => ClientState): ClientState {
  try {
    return change(state);
  } catch {
    return state;
  }
}

/** Whether a view has what everything here relies on. */
export function isUsable(view: ConversationView): boolean {
  const { id, head, me } = view;
  return typeof id === 'string' && typeof head.seq === 'number' && typeof head.change === 'number' && Array.isArray(me.visible);
}
