'use client';

import { useChatClient } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import { useId, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { timeSpan } from './time-span.ts';

const afterReadChoices = [5_000, 30_000, 60_000, 300_000, 3_600_000, 86_400_000];
const afterSentChoices = [3_600_000, 86_400_000, 604_800_000, 2_592_000_000];

function whyNot({ kind, me, group }: ConversationView): string | undefined {
  if (group?.dismissedAt !== undefined) return 'This group was dismissed.';
  return kind === 'group' && me.role === 'member' ? 'Only owners and admins change this.' : undefined;
}

/** How messages of a conversation disappear, in its details. Who may not change it sees how it is, and why. */
export function DisappearingSettings({ conversation }: { conversation: ConversationView }) {
  const client = useChatClient();
  const [trouble, setTrouble] = useState('');
  const { id, kind, disappearing = {} } = conversation;
  const mayNot = whyNot(conversation);

  async function set(how: { afterReadMs?: number | null; afterSentMs?: number | null }) {
    try {
      await client.messages.setDisappearing(id, how);
      setTrouble('');
    } catch (error) {
      setTrouble(refusalOf(error).words);
    }
  }

  return (
    <section aria-label="Disappearing messages" className="border-border border-t px-5 py-3" data-testid="disappearing">
      <h3 className="flex h-9 items-center font-semibold text-[13px] text-muted">Disappearing messages</h3>
      {kind === 'direct' ? (
        <Times
          label="After they are read"
          choices={afterReadChoices}
          chosen={disappearing.afterReadMs}
          disabled={mayNot !== undefined}
          onChoose={(ms) => void set({ afterReadMs: ms })}
        />
      ) : null}
      <Times
        label="After they are sent"
        choices={afterSentChoices}
        chosen={disappearing.afterSentMs}
        disabled={mayNot !== undefined}
        onChoose={(ms) => void set({ afterSentMs: ms })}
      />
      <p className="text-[12px] text-muted leading-4">{mayNot ?? 'For everybody here, from the next message on.'}</p>
      <p role="status" className="text-[13px] text-danger leading-[18px] empty:hidden">
        {trouble}
      </p>
    </section>
  );
}

function Times({
  label,
  choices,
  chosen,
  disabled,
  onChoose,
}: {
  label: string;
  choices: readonly number[];
  chosen: number | undefined;
  disabled: boolean;
  onChoose: (ms: number | null) => void;
}) {
  const id = useId();
  const shown = chosen === undefined || choices.includes(chosen) ? choices : [...choices, chosen].sort((a, b) => a - b);
  return (
    <div className="mb-2 flex min-h-11 items-center gap-3">
      <label htmlFor={id} className="flex-1 text-[14px]">
        {label}
      </label>
      <select
        id={id}
        value={chosen ?? 0}
        disabled={disabled}
        onChange={(event) => onChoose(Number(event.target.value) || null)}
        className="h-10 rounded-control border border-border-strong bg-surface px-2 text-[14px] disabled:opacity-60"
      >
        <option value={0}>Never</option>
        {shown.map((ms) => (
          <option key={ms} value={ms}>
            {timeSpan(ms)}
          </option>
        ))}
      </select>
    </div>
  );
}
