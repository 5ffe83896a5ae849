'use client';

import { useChatClient, useContacts, useConversationIds, useMe } from '@nexo/client/react';
import type { UserView } from '@nexo/shared';
import { NotebookPen, Users } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { openConversation } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { type Choice, ChoiceList } from '../ui/choice-list.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { PersonChoice } from './person-choice.tsx';
import { useNames } from './use-names.ts';
import { usePeopleSearch } from './use-people-search.ts';

const recentMax = 8;

/** Finds a person by id or name and opens the chat with them; the way to groups and to one's notes as well. */
export function NewChatDialog() {
  const client = useChatClient();
  const me = useMe();
  const { open, close } = useUi();
  const [query, setQuery] = useState('');
  const [trouble, setTrouble] = useState<string | null>(null);
  const found = usePeopleSearch(query);
  const recent = useRecentPeople();
  const inputRef = useRef<HTMLInputElement>(null);
  const opening = useRef(false);

  async function openDirect(userId: string) {
    if (opening.current) return;
    opening.current = true;
    setTrouble(null);
    try {
      const conversation = await client.conversations.openDirect(userId);
      close();
      openConversation(conversation.id);
    } catch (error) {
      setTrouble(refusalOf(error).words);
    } finally {
      opening.current = false;
    }
  }

  const people = (query.trim() === '' ? recent : found.people).filter((person) => person.id !== me?.id);
  const choices: Choice[] = people.map((person) => ({
    id: person.id,
    content: <PersonChoice person={person} />,
    onChoose: () => void openDirect(person.id),
  }));
  if (query.trim() === '' && me !== null) {
    choices.unshift(
      {
        id: '+group',
        content: <Way icon={<Users size={18} aria-hidden="true" />}>New group</Way>,
        onChoose: () => open('newGroup'),
      },
      {
        id: '+self',
        content: <Way icon={<NotebookPen size={18} aria-hidden="true" />}>Notes to self</Way>,
        onChoose: () => void openDirect(me.id),
      },
    );
  }
  const note =
    trouble ??
    found.trouble ??
    (query.trim() === ''
      ? 'Type a name or a user name to find somebody.'
      : !found.searching && people.length === 0
        ? `Nobody is found for “${query.trim()}”.`
        : '');
  return (
    <LayerDialog title="New chat" initialFocus={inputRef}>
      <ChoiceList
        inputRef={inputRef}
        label="Find a person"
        placeholder="Name or user name"
        query={query}
        onQuery={(text) => {
          setTrouble(null);
          setQuery(text);
        }}
        choices={choices}
        note={note}
      />
    </LayerDialog>
  );
}

function Way({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <>
      <span className="grid size-9 place-items-center rounded-full bg-hover text-muted">{icon}</span>
      <span className="font-medium text-[14px]">{children}</span>
    </>
  );
}

/** People one talks with, the latest first, then contacts. */
function useRecentPeople(): UserView[] {
  const { store } = useChatClient();
  const contacts = useContacts();
  const recent = useConversationIds()
    .map((id) => store.conversation(id).get()?.peer)
    .filter((peer) => peer !== undefined);
  // Renders again when one of them is loaded.
  useNames(contacts.slice(0, recentMax).map(({ userId }) => userId));
  const known = new Set(recent.map((peer) => peer.id));
  const others = contacts.filter(({ userId }) => !known.has(userId)).map(({ userId }) => store.user(userId).get());
  return [...recent, ...others.filter((user) => user !== undefined)].slice(0, recentMax);
}
