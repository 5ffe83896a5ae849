'use client';

import { useChatClient, useConversationIds, useMe, useReadable } from '@nexo/client/react';
import { Contact, Keyboard, LogOut, MoonStar, NotebookPen, Settings, SquarePen, UserPlus, Users } from 'lucide-react';
import { useTheme } from 'next-themes';
import { useRef, useState } from 'react';
import { askToAddContact } from '../contacts/person-layer.ts';
import { UnreadPill } from '../conversation-list/conversation-row.tsx';
import { refusalOf } from '../lib/refusal-words.ts';
import { tellTrouble } from '../own-settings/action-trouble.ts';
import { go, openConversation } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Avatar } from '../ui/avatar.tsx';
import { type Choice, ChoiceList } from '../ui/choice-list.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { rank } from './rank.ts';

const chatsMax = 12;

/** Goes to a chat or runs a command, the latest chats first. All from what is here already, so it works offline. */
export function QuickSwitcher() {
  const client = useChatClient();
  const me = useMe();
  const listed = useConversationIds();
  const hidden = useReadable(client.store.hiddenIds);
  const { open, close } = useUi();
  const { resolvedTheme, setTheme } = useTheme();
  const [query, setQuery] = useState('');
  const inputRef = useRef<HTMLInputElement>(null);
  const commandsOnly = query.startsWith('>');
  const wanted = query.replace(/^[@#>]/, '');

  // What was taken out of the list is found by its name.
  const ids = commandsOnly ? [] : wanted === '' ? listed : [...listed, ...hidden];
  const chats = ids
    .map((id) => client.store.conversation(id).get())
    .filter((view) => view !== undefined)
    .map((view) => ({ view, name: view.kind === 'self' ? 'Notes to self' : view.title }))
    .map(({ view, name }) => ({ view, name, score: rank(name, wanted) ?? rank(view.peer?.id ?? '', wanted) }))
    .filter((chat) => chat.score !== undefined)
    .sort((a, b) => (a.score ?? 0) - (b.score ?? 0))
    .slice(0, chatsMax)
    .map(
      ({ view, name }): Choice => ({
        id: view.id,
        content: (
          <>
            <Avatar
              id={view.peer?.id ?? view.id}
              name={name}
              url={view.avatarUrl ?? view.peer?.avatarUrl}
              size={28}
              shape={view.kind === 'group' ? 'room' : 'person'}
            />
            <span className="min-w-0 flex-1 truncate text-[14px]">
              <bdi>{name}</bdi>
            </span>
            {hidden.includes(view.id) ? <span className="text-[12px] text-muted">hidden</span> : null}
            {view.me.unread > 0 ? <UnreadPill count={view.me.unread} /> : null}
          </>
        ),
        onChoose: () => {
          close();
          openConversation(view.id);
        },
      }),
    );

  function leaveFor(place: () => void) {
    close();
    place();
  }

  async function openNotes() {
    if (me === null) return;
    close();
    try {
      openConversation((await client.conversations.openDirect(me.id)).id);
    } catch (error) {
      tellTrouble(refusalOf(error).words);
    }
  }

  const commands = [
    { id: '>new-chat', name: 'New chat', icon: SquarePen, run: () => open('newChat') },
    { id: '>new-group', name: 'New group', icon: Users, run: () => open('newGroup') },
    { id: '>contacts', name: 'Contacts', icon: Contact, run: () => leaveFor(() => go({ name: 'contacts' })) },
    { id: '>add-contact', name: 'Add a contact', icon: UserPlus, run: () => askToAddContact() },
    { id: '>notes', name: 'Open notes to self', icon: NotebookPen, run: () => void openNotes() },
    { id: '>settings', name: 'Settings', icon: Settings, run: () => leaveFor(() => go({ name: 'settings' })) },
    {
      id: '>theme',
      name: resolvedTheme === 'dark' ? 'Use light colours' : 'Use dark colours',
      icon: MoonStar,
      run: () => leaveFor(() => setTheme(resolvedTheme === 'dark' ? 'light' : 'dark')),
    },
    { id: '>keys', name: 'Keyboard shortcuts', icon: Keyboard, run: () => open('keys') },
    { id: '>sign-out', name: 'Sign out', icon: LogOut, run: () => open('signOut') },
  ]
    .filter((command) => rank(command.name, wanted) !== undefined)
    .map(
      ({ id, name, icon: Icon, run }): Choice => ({
        id,
        content: (
          <>
            <span className="grid size-7 place-items-center text-muted">
              <Icon size={18} aria-hidden="true" />
            </span>
            <span className="text-[14px]">{name}</span>
          </>
        ),
        onChoose: run,
      }),
    );

  const choices = [...chats, ...(query === '' ? [] : commands)];
  return (
    <LayerDialog title="Go to a chat or run a command" initialFocus={inputRef}>
      <ChoiceList
        inputRef={inputRef}
        label="Chats and commands"
        placeholder="Name of a chat, or > for commands"
        query={query}
        onQuery={setQuery}
        choices={choices}
        note={choices.length === 0 ? `Nothing for “${query}”.` : ''}
      />
    </LayerDialog>
  );
}
