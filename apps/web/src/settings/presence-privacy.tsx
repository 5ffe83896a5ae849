'use client';

import { useChatClient } from '@nexo/client/react';
import type { Audience, MyUserView } from '@nexo/shared';
import { useRef, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';

const choices: { id: Audience; label: string; hint: string }[] = [
  { id: 'everyone', label: 'Everyone', hint: 'Anybody here can see it.' },
  { id: 'contacts', label: 'My contacts', hint: 'People you have written to.' },
  { id: 'nobody', label: 'Nobody', hint: 'You look offline to everybody.' },
];

/** Who may see whether one is online; kept at once, and shown as it was when that fails. */
export function PresencePrivacy({ me }: { me: MyUserView }) {
  const client = useChatClient();
  const wanted = useRef<Audience | null>(null);
  const [saving, setSaving] = useState<Audience | null>(null);
  const [word, setWord] = useState<{ text: string; ok: boolean }>({ text: '', ok: true });
  // One stored by an older version of the page has no such field.
  const chosen = saving ?? me.presenceVisibleTo ?? 'everyone';

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
        await client.users.update({ presenceVisibleTo: kept });
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
    <fieldset aria-busy={saving !== null} aria-describedby="presence-privacy-note">
      <legend className="mb-2 text-[14px]">Who can see when you’re online and when you were last seen</legend>
      {choices.map(({ id, label, hint }) => (
        <label
          key={id}
          className="-mx-2 flex min-h-11 cursor-pointer items-center gap-3 rounded-control px-2 py-1.5 hover:bg-hover"
        >
          <input
            type="radio"
            name="presenceVisibleTo"
            value={id}
            checked={chosen === id}
            onChange={() => void choose(id)}
            className="size-4 accent-[var(--accent)]"
          />
          <span>
            <span className="block text-[14px] leading-5">{label}</span>
            <span className="block text-[12px] text-muted leading-4">{hint}</span>
          </span>
        </label>
      ))}
      <p id="presence-privacy-note" className="mt-2 text-[13px] text-muted leading-[18px]">
        You see this of others only if they may see it of you.
      </p>
      <p role="status" className={`h-[18px] text-[13px] leading-[18px] ${word.ok ? 'text-ok' : 'text-danger'}`}>
        {word.text}
      </p>
    </fieldset>
  );
}
