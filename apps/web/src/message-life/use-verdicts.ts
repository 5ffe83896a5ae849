'use client';

import type { TimelineMessage } from '@nexo/client';
import { useChatClient } from '@nexo/client/react';
import {
  type ConversationView,
  can,
  defaultMessageRules,
  type MessageActor,
  type MessageRules,
  refuseEdit,
  refusePin,
  refuseReaction,
  refuseRevoke,
  rulesOf,
} from '@nexo/shared';
import { useEffect, useState } from 'react';

/** Why each of these cannot be done with a message; null: it can. The same rules as the server's. */
export interface Verdicts {
  edit: string | null;
  revoke: string | null;
  pin: string | null;
  react: string | null;
}

/** How long messages can be edited and revoked here; until that is known, as servers do by default. */
export function useMessageRules(): MessageRules {
  const client = useChatClient();
  const [rules, setRules] = useState(defaultMessageRules);
  useEffect(() => {
    let isWanted = true;
    client.messages.rules().then(
      (told) => isWanted && setRules(told),
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [client]);
  return rules;
}

/** `now` is of the server's clock. */
export function actorIn({ me, kind, group }: ConversationView, userId: string, now: number): MessageActor {
  const { role, mutedUntil } = me;
  const dismissed = group?.dismissedAt !== undefined;
  const speech = can('send', { actor: { userId, role, mutedUntil }, rules: rulesOf(group), dismissed, now });
  return {
    ...{ userId, role, kind, dismissed },
    present: me.leftAt === undefined,
    readOnly: me.readOnly === true,
    ...(kind === 'group' ? { speech } : {}),
  };
}

/** `now` is of the server's clock. */
export function verdictsOf(
  conversation: ConversationView,
  meId: string,
  message: TimelineMessage,
  rules: MessageRules,
  now: number,
): Verdicts {
  if (message.seq === undefined) {
    const unsent = 'This message has not been sent yet.';
    return { edit: unsent, revoke: unsent, pin: unsent, react: unsent };
  }
  const actor = actorIn(conversation, meId, now);
  return {
    edit: refuseEdit(actor, message, rules, now)?.reason ?? null,
    revoke: refuseRevoke(actor, message, rules, now)?.reason ?? null,
    pin: refusePin(actor, message)?.reason ?? null,
    react: refuseReaction(actor, message)?.reason ?? null,
  };
}
