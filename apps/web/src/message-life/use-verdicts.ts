'use client';

import type { TimelineMessage } from '@nexo/client';
import { useChatClient } from '@nexo/client/react';
import {
  type ConversationView,
  defaultMessageRules,
  type MessageActor,
  type MessageRules,
  refuseEdit,
  refusePin,
  refuseReaction,
  refuseRevoke,
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

export function actorIn({ me, kind, group }: ConversationView, userId: string): MessageActor {
  return {
    ...{ userId, role: me.role, kind },
    present: me.leftAt === undefined,
    dismissed: group?.dismissedAt !== undefined,
    readOnly: me.readOnly === true,
  };
}

/** `now` is of the server's clock. */
export function verdictsOf(actor: MessageActor, message: TimelineMessage, rules: MessageRules, now: number): Verdicts {
  if (message.seq === undefined) {
    const unsent = 'This message has not been sent yet.';
    return { edit: unsent, revoke: unsent, pin: unsent, react: unsent };
  }
  return {
    edit: refuseEdit(actor, message, rules, now)?.reason ?? null,
    revoke: refuseRevoke(actor, message, rules, now)?.reason ?? null,
    pin: refusePin(actor, message)?.reason ?? null,
    react: refuseReaction(actor, message)?.reason ?? null,
  };
}
