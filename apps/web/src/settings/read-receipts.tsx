'use client';

import { useChatClient } from '@nexo/client/react';
import type { MyUserView } from '@nexo/shared';
import { useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';

/** Whether others see what one has read; kept at once, and shown as it was when that fails. */
export function ReadReceipts({ me }: { me: MyUserView }) {
  const client = useChatClient();
  const [saving, setSaving] = useState<boolean | null>(null);
  const [trouble, setTrouble] = useState('');
  // One stored by an older version of the page has no such field.
  const on = saving ?? me.readReceipts ?? true;

  async function set(wanted: boolean) {
    setSaving(wanted);
    try {
      await client.users.update({ readReceipts: wanted });
      setTrouble('');
    } catch (error) {
      setTrouble(refusalOf(error).words);
    }
    setSaving(null);
  }

  return (
    <div>
      <label className="-mx-2 flex min-h-11 cursor-pointer items-center gap-3 rounded-control px-2 py-1.5 hover:bg-hover">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => void set(event.target.checked)}
          className="size-4 accent-[var(--accent)]"
        />
        <span>
          <span className="block text-[14px] leading-5">Show others what I have read</span>
          <span className="block text-[12px] text-muted leading-4">
            If you don’t, you don’t see what others have read either.
          </span>
        </span>
      </label>
      <p role="status" className="text-[13px] text-danger leading-[18px] empty:hidden">
        {trouble}
      </p>
    </div>
  );
}
