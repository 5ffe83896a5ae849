'use client';

import { useChatClient, useMe } from '@nexo/client/react';
import type { SessionView } from '@nexo/shared';
import { Monitor, Server, Smartphone, Tablet } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { fullTime, listTime } from '../lib/time.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmPasswordDialog } from './confirm-password-dialog.tsx';

/** What people call where a session lives. */
const platformNames: Record<SessionView['platform'], string> = {
  web: 'Web browser',
  ios: 'iPhone',
  android: 'Android phone',
  harmony: 'HarmonyOS phone',
  windows: 'Windows',
  macos: 'Mac',
  linux: 'Linux',
  ipad: 'iPad',
  androidPad: 'Android tablet',
  miniWeb: 'Mini program',
  server: 'Program',
};

const icons: Partial<Record<SessionView['platform'], typeof Monitor>> = {
  ios: Smartphone,
  android: Smartphone,
  harmony: Smartphone,
  ipad: Tablet,
  androidPad: Tablet,
  server: Server,
};

/**
 * Every login of this account, this one first, with its place and last use; any other can be ended here, or all others at once, by who
 * knows the password, if the account has one.
 */
export function SessionList() {
  const client = useChatClient();
  const me = useMe();
  const [sessions, setSessions] = useState<readonly SessionView[] | null>(null);
  const [trouble, setTrouble] = useState('');
  const [word, setWord] = useState('');
  const [isEnding, setIsEnding] = useState(false);
  /** What is to be ended once the password has been given. */
  const [asking, setAsking] = useState<{ which: string | 'others'; name: string } | null>(null);

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

  async function end(which: string | 'others', password?: string) {
    if (which === 'others') {
      const ended = await client.auth.logoutOthers(password);
      setWord(ended === 1 ? 'One session was signed out.' : `${ended} sessions were signed out.`);
    } else await client.auth.revokeSession(which, password);
    await load();
  }

  /** Only the server knows whether the account has a password. The buttons stay enabled meanwhile: a disabled one would lose the focus. */
  async function begin(which: string | 'others', name: string) {
    if (isEnding) return;
    setIsEnding(true);
    setWord('');
    setTrouble('');
    try {
      await end(which);
    } catch (error) {
      const { code, words } = refusalOf(error);
      if (code === 'PASSWORD_REQUIRED') setAsking({ which, name });
      else setTrouble(words);
    }
    setIsEnding(false);
  }

  const ordered = [...(sessions ?? [])].sort((a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt - a.lastSeenAt);
  return (
    <>
      <ul className="-my-2 divide-y divide-border" data-testid="sessions">
        {ordered.map((session) => {
          const Icon = icons[session.platform] ?? Monitor;
          const name = session.deviceName ?? platformNames[session.platform];
          const seen = session.current ? 'This session' : `Last seen ${listTime(session.lastSeenAt, Date.now())}`;
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
                  {[seen, session.address].filter(Boolean).join(' · ')}
                </p>
              </div>
              {session.current ? null : (
                <Button onClick={() => void begin(session.id, name)} aria-label={`Sign out ${name}`}>
                  Sign out
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {ordered.length < 2 ? null : (
        <Button className="mt-4" onClick={() => void begin('others', 'all others')}>
          Sign out all others
        </Button>
      )}
      <p role="status" className={`mt-2 text-[13px] empty:hidden ${trouble === '' ? 'text-ok' : 'text-danger'}`}>
        {trouble === '' ? word : trouble}
      </p>
      {asking === null || me === null ? null : (
        <ConfirmPasswordDialog
          title={`Sign out ${asking.name}?`}
          action="Sign out"
          userId={me.id}
          confirm={(password) => end(asking.which, password)}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
