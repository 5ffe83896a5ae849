'use client';

import { useChatClient } from '@nexo/client/react';
import { isUndisturbed, type MyUserView } from '@nexo/shared';
import { Moon } from 'lucide-react';
import { useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { useMinute } from '../lib/use-minute.ts';
import { Button } from '../ui/button.tsx';
import { untilWords } from './mute-words.ts';
import { quietTimes } from './quiet-times.ts';

/** No sound and no banner from anywhere, for a while or until it is ended; on all devices. */
export function DoNotDisturb({ me }: { me: MyUserView }) {
  const client = useChatClient();
  const now = useMinute();
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const { doNotDisturb } = me;
  const isOn = isUndisturbed(doNotDisturb, now);

  async function choose(untilAt: number | null | undefined) {
    setBusy(true);
    setTrouble('');
    try {
      await client.users.update({ doNotDisturb: untilAt === undefined ? null : { untilAt } });
    } catch (error) {
      setTrouble(refusalOf(error).words);
    }
    setBusy(false);
  }

  return (
    <fieldset aria-busy={busy} data-testid="do-not-disturb">
      <legend className="mb-2 text-[14px]">Do not disturb</legend>
      <p role="status" className="mb-3 flex min-h-5 items-center gap-2 text-[13px] text-muted leading-[18px]">
        {isOn ? (
          <>
            <Moon size={16} aria-hidden="true" />
            {`On ${untilWords(doNotDisturb?.untilAt ?? null, now) || 'until you turn it off'}: nothing notifies you, on no device.`}
          </>
        ) : (
          'Messages arrive and are counted, but nothing notifies you, on no device.'
        )}
      </p>
      <div className="flex flex-wrap gap-2">
        {isOn ? (
          <Button look="primary" disabled={busy} onClick={() => void choose(undefined)}>
            Turn off
          </Button>
        ) : (
          quietTimes.map((time) => (
            <Button key={time.id} disabled={busy} onClick={() => void choose(time.untilAt(Date.now()))}>
              {time.label}
            </Button>
          ))
        )}
      </div>
      <p role="alert" className="mt-2 min-h-[18px] text-[13px] text-danger leading-[18px]">
        {trouble}
      </p>
    </fieldset>
  );
}
