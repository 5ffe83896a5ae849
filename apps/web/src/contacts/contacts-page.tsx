'use client';

import { useBlocks, useChatClient, useContactRequests, useContacts, useMe } from '@nexo/client/react';
import { ArrowLeft, Pin, UserPlus } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useAction } from '../lib/use-action.ts';
import { useNames } from '../people/use-names.ts';
import { go, openConversation } from '../shell/route.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { ContactMenu } from './contact-menu.tsx';
import { contactsHeadingId } from './keep-focus.ts';
import { askToAddContact } from './person-layer.ts';
import { PersonLine } from './person-line.tsx';
import { BlockedLine, IncomingLine, OutgoingLine } from './request-line.tsx';
import { sortContacts } from './sort-contacts.ts';

/** From so many contacts on one would rather search than look. */
const searchFrom = 8;

/** Requests first, then contacts, then whom one has blocked. */
export default function ContactsPage() {
  const me = useMe();
  const requests = useContactRequests();
  const blocks = useBlocks();
  const nameOf = useNames([...requests.flatMap((one) => [one.fromUserId, one.toUserId]), ...blocks.map((one) => one.userId)]);
  if (me === null) return <main className="main bg-canvas" />;
  const incoming = requests.filter((request) => request.toUserId === me.id);
  const outgoing = requests.filter((request) => request.fromUserId === me.id);
  return (
    <main aria-label="Contacts" className="main flex min-h-0 min-w-0 flex-col bg-canvas">
      <header data-region="header" className="flex h-14 shrink-0 items-center gap-2 border-border border-b bg-surface px-4">
        <IconButton label="Back to chats" onClick={() => go({ name: 'chats' })}>
          <ArrowLeft size={20} aria-hidden="true" />
        </IconButton>
        <h1 id={contactsHeadingId} tabIndex={-1} className="flex-1 font-semibold text-[15px] leading-5">
          Contacts
        </h1>
        <Button look="primary" onClick={() => askToAddContact()}>
          <UserPlus size={18} aria-hidden="true" /> Add
        </Button>
      </header>
      <div data-region="messages" className="relative min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-[600px] flex-col gap-4 p-4 pb-10">
          {incoming.length === 0 ? null : (
            <Section title={`Requests (${incoming.length})`}>
              {incoming.map((request) => (
                <IncomingLine key={request.fromUserId} request={request} name={nameOf(request.fromUserId)} />
              ))}
            </Section>
          )}
          {outgoing.length === 0 ? null : (
            <Section title="Waiting for an answer">
              {outgoing.map((request) => (
                <OutgoingLine key={request.toUserId} request={request} name={nameOf(request.toUserId)} />
              ))}
            </Section>
          )}
          <Contacts />
          {blocks.length === 0 ? null : (
            <Section title="Blocked people">
              {blocks.map(({ userId }) => (
                <BlockedLine key={userId} userId={userId} name={nameOf(userId)} />
              ))}
            </Section>
          )}
        </div>
      </div>
    </main>
  );
}

function Contacts() {
  const client = useChatClient();
  const contacts = useContacts();
  const nameOf = useNames(contacts.map(({ userId }) => userId));
  const [query, setQuery] = useState('');
  const { run, trouble } = useAction();
  const shown = useMemo(() => sortContacts(contacts, nameOf, query), [contacts, nameOf, query]);
  const open = (userId: string) => void run(async () => openConversation((await client.conversations.openDirect(userId)).id));
  const words =
    contacts.length === 0
      ? 'Nobody yet. Add somebody, and once they accept you both have each other here.'
      : shown.length === 0
        ? `No contact is found for “${query.trim()}”.`
        : '';
  return (
    <Section title="Your contacts">
      {contacts.length < searchFrom ? null : (
        <li className="px-2 pb-2">
          <input
            type="search"
            aria-label="Search contacts"
            placeholder="Search contacts"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            className="h-10 w-full rounded-control border border-border-strong bg-surface-2 px-3 text-[15px] max-[600px]:text-[16px]"
          />
        </li>
      )}
      {shown.map((contact) => (
        <PersonLine key={contact.userId} userId={contact.userId} onOpen={() => open(contact.userId)}>
          {contact.pinnedAt === undefined ? null : <Pin size={16} className="text-muted" aria-label="Pinned" />}
          <ContactMenu contact={contact} name={nameOf(contact.userId)} />
        </PersonLine>
      ))}
      <li role="status" className="px-2 text-[14px] text-muted empty:hidden">
        {trouble || words}
      </li>
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="rounded-card border border-border bg-surface p-3">
      <h2 className="mb-2 px-2 pt-1 font-semibold text-[15px] leading-5">{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}
