import type { ConversationEvent } from '@nexo/shared';
import type { ToldEvent } from '../bus.ts';

/** What members are shown of an event: of a concealed one that something changed, and not with whom. */
export function shownEvent(event: ToldEvent): ConversationEvent {
  if (event.concealed !== true) return event;
  const { conversationId, change } = event;
  return {
    type: 'members.changed',
    conversationId,
    change,
    ...('memberCount' in event ? { memberCount: event.memberCount } : {}),
  };
}
