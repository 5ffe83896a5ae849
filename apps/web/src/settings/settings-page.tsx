'use client';

import { useMe } from '@nexo/client/react';
import { ArrowLeft, LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { DoNotDisturb } from '../own-settings/do-not-disturb.tsx';
import { useAuthOptions } from '../session/use-auth-options.ts';
import { go } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { Appearance } from './appearance.tsx';
import { AudienceChoice } from './audience-choice.tsx';
import { PasswordForm } from './password-form.tsx';
import { ProfileForm } from './profile-form.tsx';
import { ReadReceipts } from './read-receipts.tsx';
import { SessionList } from './session-list.tsx';

/** Oneself: profile, looks, sessions, password, the way out. */
export default function SettingsPage() {
  const me = useMe();
  const { ownAccount } = useAuthOptions();
  if (me === null) return <main className="main bg-canvas" />;
  return (
    <main aria-label="Settings" className="main flex min-h-0 min-w-0 flex-col bg-canvas">
      <header data-region="header" className="flex h-14 shrink-0 items-center gap-2 border-border border-b bg-surface px-4">
        <IconButton label="Back to chats" onClick={() => go({ name: 'chats' })}>
          <ArrowLeft size={20} aria-hidden="true" />
        </IconButton>
        <h1 className="font-semibold text-[15px] leading-5">Settings</h1>
      </header>
      <div data-region="messages" className="relative min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-[600px] flex-col gap-4 p-4 pb-10">
          <Section title="Profile">
            <div className="mb-4 flex items-center gap-4">
              <Avatar id={me.id} name={me.displayName} url={me.avatarUrl} size={64} />
              <div className="min-w-0">
                <p className="truncate font-semibold text-[17px] leading-6">
                  <bdi>{me.displayName}</bdi>
                </p>
                <p className="truncate text-[13px] text-muted">@{me.id}</p>
              </div>
            </div>
            <ProfileForm key={me.id} me={me} />
          </Section>
          <Section title="Notifications">
            <DoNotDisturb me={me} />
          </Section>
          <Section title="Privacy">
            <div className="flex flex-col gap-4">
              <AudienceChoice me={me} setting="messagesFrom" />
              <AudienceChoice me={me} setting="contactRequestsFrom" />
              <AudienceChoice me={me} setting="groupInvitesFrom" />
              <AudienceChoice me={me} setting="presenceVisibleTo" />
              <ReadReceipts me={me} />
            </div>
          </Section>
          <Section title="Appearance">
            <Appearance />
          </Section>
          <Section title="Where you are signed in">
            <SessionList />
          </Section>
          {ownAccount === false ? null : (
            <Section title="Password">
              <PasswordForm userId={me.id} />
            </Section>
          )}
          <Button look="danger" className="self-start" onClick={() => useUi.getState().open('signOut')}>
            <LogOut size={18} aria-hidden="true" /> Sign out
          </Button>
        </div>
      </div>
    </main>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="rounded-card border border-border bg-surface p-5">
      <h2 className="mb-4 font-semibold text-[15px] leading-5">{title}</h2>
      {children}
    </section>
  );
}
