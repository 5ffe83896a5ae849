import type { ChatClient } from '@nexo/client';
import type { ConversationView } from '@nexo/shared';

/** The group that everybody is in: nobody is removed from it, so that there is one busy place. */
export const busyGroup = 'Everybody';
/** Groups of this name are made to be dismissed, so that the others live. */
export const shortLived = 'For a while';
/** How soon what is said in a group disappears, read or not. */
const autoDeleteMs = 3_000;

/** What owners and admins do with a group as a whole. Those who may not try as well. */
export const groupActs = {
  muteAll: (view: ConversationView) => muting(view, true),
  unmuteAll: (view: ConversationView) => muting(view, false),
  transfer: (view: ConversationView, [, , how]: Choices, _device: unknown, others: readonly string[]) => {
    const userId = others[Math.floor(how * others.length)];
    if (userId === undefined || view.kind !== 'group') return undefined;
    const input = { conversationId: view.id, userId };
    const run = (client: ChatClient) => client.trpc.groups.transfer.mutate(input);
    return { conversationId: view.id, verb: 'transfer' as const, user: userId, run };
  },
  dismiss: (view: ConversationView) => {
    if (view.title !== shortLived) return undefined;
    const run = (client: ChatClient) => client.trpc.groups.dismiss.mutate({ conversationId: view.id });
    return { conversationId: view.id, verb: 'dismiss' as const, run };
  },
  autoDelete: (view: ConversationView, [, , how]: Choices) => {
    if (view.kind !== 'group' || view.title === busyGroup) return undefined;
    // As often on as off.
    const afterSentMs = how < 0.5 ? autoDeleteMs : null;
    const run = (client: ChatClient) => client.messages.setDisappearing(view.id, { afterSentMs });
    return { conversationId: view.id, verb: 'autoDelete' as const, value: String(afterSentMs), run };
  },
};

type Choices = readonly [which: number, what: number, how: number];

function muting(view: ConversationView, muted: boolean) {
  if (view.kind !== 'group') return undefined;
  const run = (client: ChatClient) => client.trpc.groups.muteAll.mutate({ conversationId: view.id, muted });
  return { conversationId: view.id, verb: muted ? ('muteAll' as const) : ('unmuteAll' as const), run };
}
