'use client';

import { useChatClient } from '@nexo/client/react';
import type { Audience, MyUserView } from '@nexo/shared';
import { useRef, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';

/** The settings that let somebody in. */
type Setting = 'presenceVisibleTo' | 'messagesFrom' | 'contactRequestsFrom' | 'groupInvitesFrom';

interface Words {
  legend: string;
  hints: Record<Audience, string>;
  note: string;
}

const wordsOf: Record<Setting, Words> = {
  presenceVisibleTo: {
    legend: 'Who can see when you’re online and when you were last seen',
    hints: {
      everyone: 'Anybody here can see it.',
      contacts: 'People in your list of contacts.',
      nobody: 'You look offline to everybody.',
    },
    note: 'You see this of others only if they may see it of you.',
  },
  messagesFrom: {
    legend: 'Who can write to you directly',
    hints: {
      everyone: 'Anybody here.',
      contacts: 'People in your list of contacts.',
      nobody: 'You can still write to others, but they can’t answer.',
    },
    note: 'Groups are not affected.',
  },
  contactRequestsFrom: {
    legend: 'Who can ask to be your contact',
    hints: {
      everyone: 'Anybody here.',
      contacts: 'People who have a contact in common with you.',
      nobody: 'Only you add people.',
    },
    note: 'Whom you ask yourself can always accept.',
  },
  groupInvitesFrom: {
    legend: 'Who can add you to groups',
    hints: {
      everyone: 'Anybody here.',
      contacts: 'People in your list of contacts.',
      nobody: 'You join groups yourself, or by a link.',
    },
    note: 'You stay in the groups you are in.',
  },
};

const labels: Record<Audience, string> = { everyone: 'Everyone', contacts: 'My contacts', nobody: 'Nobody' };
const audiences: Audience[] = ['everyone', 'contacts', 'nobody'];

/** Whom a setting lets in; kept at once, and shown as it was when that fails. */
export function AudienceChoice({ me, setting }: { me: MyUserView; setting: Setting }) {
  const { legend, hints, note } = wordsOf[setting];
  const client = useChatClient();
  const wanted = useRef<Audience | null>(null);
  const [saving, setSaving] = useState<Audience | null>(null);
  const [word, setWord] = useState<{ text: string; ok: boolean }>({ text: '', ok: true });
  // One stored by an older version of the page has no such field.
  const chosen = saving ?? me[setting] ?? 'everyone';

  /** What is chosen while another choice is being kept is kept after it: the last one counts. */
  async function choose(audience: Audience) {
    const isSaving = wanted.current !== null;
    wanted.current = audience;
    setSaving(audience);
    setWord({ text: '', ok: true });
    if (isSaving) return;
    try {
      for (let kept: Audience | null = null; wanted.current !== null && wanted.current !== kept; ) {
        kept = wanted.current;
        await client.users.update({ [setting]: kept });
      }
      setWord({ text: 'Saved', ok: true });
    } catch (error) {
      setWord({ text: refusalOf(error).words, ok: false });
    }
    wanted.current = null;
    setSaving(null);
  }

  // Not disabled while it is saved: what has the focus would lose it, and with it the arrow keys.
  return (
    <fieldset aria-busy={saving !== null} aria-describedby={`${setting}-note`}>
      <legend className="mb-1 font-medium text-[14px]">{legend}</legend>
      {audiences.map((id) => (
        <label
          key={id}
          className="-mx-2 flex min-h-11 cursor-pointer items-center gap-3 rounded-control px-2 py-1.5 hover:bg-hover"
        >
          <input
            type="radio"
            name={setting}
            value={id}
            checked={chosen === id}
            onChange={() => void choose(id)}
            className="size-4 accent-[var(--accent)]"
          />
          <span>
            <span className="block text-[14px] leading-5">
              {setting === 'contactRequestsFrom' && id === 'contacts' ? 'Contacts of my contacts' : labels[id]}
            </span>
            <span className="block text-[12px] text-muted leading-4">{hints[id]}</span>
          </span>
        </label>
      ))}
      <p id={`${setting}-note`} className="mt-1 text-[13px] text-muted leading-[18px]">
        {note}
      </p>
      <p role="status" className={`h-[18px] text-[13px] leading-[18px] ${word.ok ? 'text-ok' : 'text-danger'}`}>
        {word.text}
      </p>
    </fieldset>
  );
}
