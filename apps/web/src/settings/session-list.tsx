'use client';

import { useChatClient } from '@nexo/client/react';
import type { SessionView } from '@nexo/shared';
import { Monitor, Server, Smartphone } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { fullTime, listTime } from '../lib/time.ts';
import { Button } from '../ui/button.tsx';

const icons: Partial<Record<SessionView['platform'], typeof Monitor>> = {
  ios: Smartphone,
  android: Smartphone,
  harmony: Smartphone,
  server: Server,
};

/** Every login of this account, this one first; any other can be ended here. */
export function SessionList() {
  const client = useChatClient();
  const [sessions, setSessions] = useState<readonly SessionView[] | null>(null);
  const [trouble, setTrouble] = useState('');
  const [endingId, setEndingId] = useState<string | null>(null);

  const load = useCallback(async () => {
    try {
      setSessions(await client.auth.sessions());
      setTrouble('');
    } catch (error) {
      setTrouble(refusalOf(error).words);
    }
  }, [client]);

  useEffect(() => {
    void load();
    return client.on('item', (item) => {
      if (item.type === 'me.sessions') void load();
    });
  }, [client, load]);

  async function end(sessionId: string) {
    setEndingId(sessionId);
    try {
      await client.auth.revokeSession(sessionId);
      await load();
    } catch (error) {
      setTrouble(refusalOf(error).words);
    }
    setEndingId(null);
  }

  const ordered = [...(sessions ?? [])].sort((a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt - a.lastSeenAt);
  return (
    <>
      <ul className="-my-2 divide-y divide-border" data-testid="sessions">
        {ordered.map((session) => {
          const Icon = icons[session.platform] ?? Monitor;
          const name = session.deviceName ?? session.platform;
          return (
            <li
              key={session.id}
              className="flex min-h-14 items-center gap-3 py-2"
              data-testid={`session:${session.id}`}
              data-current={session.current}
            >
              <Icon size={20} aria-hidden="true" className="shrink-0 text-muted" />
              <div className="min-w-0 flex-1">
                <p className="truncate text-[14px] leading-5">{name}</p>
                <p className="truncate text-[12px] text-muted leading-4" title={`Signed in ${fullTime(session.createdAt)}`}>
                  {session.current ? 'This session' : `Last seen ${listTime(session.lastSeenAt, Date.now())}`}
                </p>
              </div>
              {session.current ? null : (
                <Button disabled={endingId === session.id} onClick={() => void end(session.id)} aria-label={`Sign out ${name}`}>
                  Sign out
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <p role="status" className="text-[13px] text-danger empty:hidden">
        {trouble}
      </p>
    </>
  );
}
