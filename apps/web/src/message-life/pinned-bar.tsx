'use client';

import { useChatClient, useMe } from '@nexo/client/react';
import { type ConversationView, type MessageView, type PinView, refusePin } from '@nexo/shared';
import { Pin, PinOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useHidden, veiledWords } from '../contacts/use-veiled.ts';
import { peopleIn, toText } from '../message-list/content-text.ts';
import { attempt } from '../own-settings/action-trouble.ts';
import { useNames } from '../people/use-names.ts';
import { IconButton } from '../ui/button.tsx';
import { announce } from '../ui/live-regions.tsx';
import { useLife } from './life-store.ts';
import { actorIn } from './use-verdicts.ts';

const noPins: readonly PinView[] = [];

/**
 * What is pinned, one at a time: the last one down to where the reader has scrolled. A press goes there, and the next press to the one
 * before.
 */
export function PinnedBar({ conversation }: { conversation: ConversationView }) {
  const { id, pins = noPins } = conversation;
  const messages = usePinnedMessages(id, pins);
  const client = useChatClient();
  const me = useMe();
  /** Counted from the newest. */
  const [turn, setTurn] = useState(0);
  const place = messages.length === 0 ? 0 : turn % messages.length;
  const seen = useLife((state) => (state.seen?.conversationId === id ? state.seen.seq : null));
  useEffect(() => {
    if (seen === null) return;
    const below = messages.filter(({ seq }) => seq > seen).length;
    // Above all of them there is none to go back to: the first stands for the rest.
    setTurn(Math.min(below, Math.max(0, messages.length - 1)));
  }, [seen, messages]);
  const shown = messages[messages.length - 1 - place];
  const nameOf = useNames(shown === undefined ? [] : [shown.senderId, ...peopleIn(shown.content)]);
  const isHidden = useHidden({ conversationId: id, senderId: shown?.senderId ?? '', seq: shown?.seq });
  if (shown === undefined || me === null) return null;
  const { seq } = shown;
  const mayUnpin = refusePin(actorIn(conversation, me.id, client.store.serverNow()), shown) === null;

  function go() {
    useLife.getState().jumpTo(id, seq);
    setTurn(place + 1);
  }

  async function unpin() {
    if (!(await attempt(client.messages.pin(id, seq, false), 'messages'))) return;
    setTurn(0);
    announce('Unpinned');
  }

  return (
    <section aria-label="Pinned messages" className="pinned-bar" data-testid="pinned-bar">
      <button type="button" onClick={go} title="Go to this message">
        <Pin size={16} aria-hidden="true" />
        <span className="min-w-0 flex-1">
          <span className="pinned-title">
            Pinned{messages.length > 1 ? ` ${messages.length - place} of ${messages.length}` : ''}
          </span>
          <span className="pinned-text">
            <bdi>{nameOf(shown.senderId)}</bdi>: <bdi>{isHidden ? veiledWords : toText(shown.content, nameOf)}</bdi>
          </span>
        </span>
      </button>
      {mayUnpin ? (
        <IconButton label="Unpin" onClick={() => void unpin()}>
          <PinOff size={18} aria-hidden="true" />
        </IconButton>
      ) : null}
    </section>
  );
}

/** What the pins say, as it is now. Those that one may not see, or has removed, are left out. */
function usePinnedMessages(conversationId: string, pins: readonly PinView[]): readonly MessageView[] {
  const client = useChatClient();
  const [messages, setMessages] = useState<readonly MessageView[]>([]);
  const key = pins.map(({ seq }) => seq).join();

  useEffect(() => {
    const seqs = key === '' ? [] : key.split(',').map(Number);
    let isWanted = true;
    if (seqs.length === 0) setMessages([]);
    else {
      client.messages.get(conversationId, seqs).then(
        (found) => isWanted && setMessages(found),
        // Without the server there is nothing to show; the bar comes with the next change.
        () => undefined,
      );
    }
    const stop = client.on('item', (item) => {
      if (item.type === 'message.edited' && item.conversationId === conversationId) {
        const { message } = item;
        setMessages((before) =>
          before.some(({ seq }) => seq === message.seq) ? before.map((row) => (row.seq === message.seq ? message : row)) : before,
        );
      } else if (item.type === 'me.removed' && item.conversationId === conversationId) {
        setMessages((before) => before.filter(({ seq }) => !item.seqs.includes(seq)));
      }
    });
    return () => {
      isWanted = false;
      stop();
    };
  }, [client, conversationId, key]);

  return messages;
}
