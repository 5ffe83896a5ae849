'use client';

import { useChatClient, useConversationIds, useMe, useReadable } from '@nexo/client/react';
import { type ConversationView, type ErrorCode, limits } from '@nexo/shared';
import { Check } from 'lucide-react';
import { useRef, useState } from 'react';
import { whyNotWrite } from '../composer/write-or-why-not.tsx';
import { refusalOf } from '../lib/refusal-words.ts';
import { useAttemptId } from '../lib/use-attempt-id.ts';
import { openConversation } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { rank } from '../switcher/rank.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { type Choice, ChoiceList } from '../ui/choice-list.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { announce } from '../ui/live-regions.tsx';

const chatsMax = 50;

/** Chooses where a message is passed on to, one chat or several. */
export function ForwardDialog() {
  const client = useChatClient();
  const listed = useConversationIds();
  const hidden = useReadable(client.store.hiddenIds);
  const meId = useMe()?.id ?? '';
  const { close, subject } = useUi();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const inputRef = useRef<HTMLInputElement>(null);
  const attemptId = useAttemptId();

  function toggle(id: string) {
    if (chosen.includes(id)) setChosen(chosen.filter((other) => other !== id));
    else if (chosen.length < limits.forwardMaxConversations) setChosen([...chosen, id]);
  }

  const mayWrite = (view: ConversationView) => {
    const isBlocked = view.kind === 'direct' && client.store.relation(view.peer?.id ?? '').get().isBlocked;
    return !isBlocked && whyNotWrite(view, meId, Date.now()) === null;
  };
  // What was taken out of the list is found by its name.
  const ids = query === '' ? listed : [...listed, ...hidden];
  const choices = ids
    .map((id) => client.store.conversation(id).get())
    .filter((view) => view !== undefined)
    .filter(mayWrite)
    .map((view) => ({ view, name: view.kind === 'self' ? 'Notes to self' : view.title }))
    .map(({ view, name }) => ({ view, name, score: rank(name, query) ?? rank(view.peer?.id ?? '', query) }))
    .filter(({ score }) => score !== undefined)
    .sort((a, b) => (a.score ?? 0) - (b.score ?? 0))
    .slice(0, chatsMax)
    .map(
      ({ view, name }): Choice => ({
        id: view.id,
        chosen: chosen.includes(view.id),
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
            {chosen.includes(view.id) ? <Check size={18} aria-hidden="true" className="text-accent" /> : null}
          </>
        ),
        onChoose: () => toggle(view.id),
      }),
    );

  async function forward() {
    if (subject === null) return;
    setBusy(true);
    try {
      const results = await client.messages.forward(subject.conversationId, [subject.seq], chosen, attemptId(subject));
      const refused = results.filter((result) => result.refusal !== undefined);
      if (refused.length > 0) {
        setChosen(refused.map((result) => result.conversationId));
        const names = refused.map((result) => client.store.conversation(result.conversationId).get()?.title ?? 'a chat');
        const why = refusalOf({ data: { nexo: { code: refused[0]?.refusal as ErrorCode } } }).words;
        setTrouble(`Not forwarded to ${names.join(', ')}: ${why}`);
        setBusy(false);
        return;
      }
      close();
      announce('Forwarded');
      const [only] = chosen;
      if (chosen.length === 1 && only !== undefined) openConversation(only);
    } catch (error) {
      setTrouble(refusalOf(error).words);
      setBusy(false);
    }
  }

  return (
    <LayerDialog title="Forward to" initialFocus={inputRef}>
      <ChoiceList
        multiple
        label="Chats"
        placeholder="Find a chat"
        query={query}
        onQuery={setQuery}
        choices={choices}
        inputRef={inputRef}
        note={chosen.length === 0 ? 'Choose one chat or more.' : `${chosen.length} chosen`}
      />
      <p role="status" className="px-5 pb-2 text-[13px] text-danger leading-[18px] empty:hidden">
        {trouble}
      </p>
      <div className="flex shrink-0 justify-end gap-2 border-border border-t p-3">
        <Button onClick={close}>Cancel</Button>
        <Button look="primary" disabled={busy || chosen.length === 0} onClick={() => void forward()}>
          Forward
        </Button>
      </div>
    </LayerDialog>
  );
}
