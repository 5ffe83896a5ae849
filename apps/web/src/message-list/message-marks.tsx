'use client';

import type { TimelineMessage } from '@nexo/client';
import { BellOff, Check, CheckCheck, CircleAlert, Clock } from 'lucide-react';
import { fullTime } from '../lib/time.ts';
import { useLife } from '../message-life/life-store.ts';

/** That a message is not as it was said at first; a press shows how it was. */
export function EditedMark({ message, at }: { message: TimelineMessage; at: number }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      className="msg-edited"
      title={`Edited ${fullTime(at)}. Show what it said before`}
      onClick={() => useLife.getState().ask({ what: 'history', message })}
    >
      edited
    </button>
  );
}

export function SilentMark() {
  return (
    <span className="msg-mark" title="Sent without sound">
      <BellOff size={12} aria-hidden="true" />
      <span className="sr-only">Sent without sound</span>
    </span>
  );
}

const stateWords: Record<TimelineMessage['state'], string> = {
  local: '',
  sending: 'Sending',
  waiting: 'Waiting for network',
  sent: 'Sent',
  read: 'Read',
  failed: 'Not sent',
};

/** How far an own message is. Its place is reserved, so nothing moves when it changes. */
export function StateMark({ state, readBy }: { state: TimelineMessage['state']; readBy: number | undefined }) {
  const words = readBy === undefined ? stateWords[state] : `Read by ${readBy}`;
  const icon =
    state === 'sending' || state === 'waiting' ? (
      <Clock size={12} aria-hidden="true" />
    ) : state === 'sent' ? (
      <Check size={16} aria-hidden="true" />
    ) : state === 'read' ? (
      <CheckCheck size={16} aria-hidden="true" />
    ) : state === 'failed' ? (
      <CircleAlert size={14} aria-hidden="true" className="text-danger" />
    ) : null;
  return (
    <span className="msg-state" data-state={state} title={words}>
      {icon}
      {state === 'waiting' ? <span aria-hidden="true">Waiting</span> : null}
      <span className="sr-only">{words}</span>
    </span>
  );
}
