'use client';

import { useChatClient } from '@nexo/client/react';
import { isUndisturbed, type MyUserView } from '@nexo/shared';
import { Moon } from 'lucide-react';
import { untilWords } from '../lib/until-words.ts';
import { useAction } from '../lib/use-action.ts';
import { useMinute } from '../lib/use-minute.ts';
import { Button } from '../ui/button.tsx';
import { quietTimes } from './quiet-times.ts';

/** No sound and no banner from anywhere, for a while or until it is ended; on all devices. */
export function DoNotDisturb({ me }: { me: MyUserView }) {
  const client = useChatClient();
  const now = useMinute();
  const { run, busy, trouble } = useAction();
  const { doNotDisturb } = me;
  const isOn = isUndisturbed(doNotDisturb, now);
  const until = doNotDisturb?.untilAt ?? null;

  const choose = (untilAt: number | null | undefined) =>
    void run(() => client.users.update({ doNotDisturb: untilAt === undefined ? null : { untilAt } }));

  return (
    <fieldset aria-busy={busy} data-testid="do-not-disturb">
      <legend className="mb-1 font-medium text-[14px]">Do not disturb</legend>
      <p role="status" className="mb-3 flex min-h-5 items-center gap-2 text-[13px] text-muted leading-[18px]">
        {isOn ? (
          <>
            <Moon size={16} aria-hidden="true" />
            {`On ${until === null ? 'until you turn it off' : untilWords(until, now)}: nothing notifies you, on no device.`}
          </>
        ) : (
          'Messages arrive and are counted, but nothing notifies you, on no device.'
        )}
      </p>
      <div className="flex flex-wrap gap-2">
        {isOn ? (
          <Button look="primary" disabled={busy} onClick={() => choose(undefined)}>
            Turn off
          </Button>
        ) : (
          quietTimes.map((time) => (
            <Button key={time.id} disabled={busy} onClick={() => choose(time.untilAt(Date.now()))}>
              {time.label}
            </Button>
          ))
        )}
      </div>
      <p role="alert" className="mt-2 text-[13px] text-danger leading-[18px] empty:hidden">
        {trouble}
      </p>
    </fieldset>
  );
}
