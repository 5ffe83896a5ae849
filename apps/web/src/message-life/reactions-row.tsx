'use client';

import type { TimelineMessage } from '@nexo/client';
import { useMe } from '@nexo/client/react';
import type { ReactionView } from '@nexo/shared';
import { SmilePlus } from 'lucide-react';
import { useNames } from '../people/use-names.ts';
import { useLife } from './life-store.ts';

/** People that the name of a reaction says. */
const saidNames = 3;

interface Props {
  message: TimelineMessage;
  /** Who cannot is shown who reacted instead. */
  canReact: boolean;
  /** What is one's own; also where nothing may be added. */
  canTakeBack: boolean;
  onToggle: (message: TimelineMessage, emoji: string) => void;
}

/** The reactions under a message: each a switch of one's own, with who else has it. */
export function ReactionsRow({ message, canReact, canTakeBack, onToggle }: Props) {
  const { reactions } = message;
  if (reactions === undefined || reactions.length === 0) return null;
  return (
    <div className="msg-reactions" data-testid={`reactions:${message.key}`}>
      {reactions.map((kind) => (
        <Reaction key={kind.emoji} {...{ kind, message, canReact, canTakeBack, onToggle }} />
      ))}
      {canReact ? (
        <button
          type="button"
          tabIndex={-1}
          className="msg-reaction msg-reaction-add"
          aria-label="Add a reaction"
          title="Add a reaction"
          onClick={(event) => useLife.getState().popUp('picker', message, event.currentTarget)}
        >
          <SmilePlus size={16} aria-hidden="true" />
        </button>
      ) : null}
    </div>
  );
}

function Reaction({ kind, message, canReact, canTakeBack, onToggle }: Props & { kind: ReactionView }) {
  const meId = useMe()?.id;
  const { emoji, count, userIds } = kind;
  const isMine = meId !== undefined && userIds.includes(meId);
  const canToggle = canReact || (isMine && canTakeBack);
  const said = userIds.slice(0, saidNames);
  const nameOf = useNames(said);
  const rest = count - said.length;
  const showWho = () => useLife.getState().ask({ what: 'reactions', message, emoji });
  const who = [...said.map(nameOf), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  return (
    <button
      type="button"
      tabIndex={-1}
      className="msg-reaction"
      aria-pressed={isMine}
      aria-label={`${emoji} ${count}: ${who}`}
      title={canToggle ? `${who}\nRight-click: who reacted` : who}
      data-emoji={emoji}
      onClick={() => (canToggle ? onToggle(message, emoji) : showWho())}
      onContextMenu={(event) => {
        event.preventDefault();
        event.stopPropagation();
        showWho();
      }}
    >
      <span aria-hidden="true">{emoji}</span>
      <span aria-hidden="true" className="tabular">
        {count}
      </span>
    </button>
  );
}
