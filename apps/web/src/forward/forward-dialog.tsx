'use client';

import { useChatClient } from '@nexo/client/react';
import { type ErrorCode, limits } from '@nexo/shared';
import { Check } from 'lucide-react';
import { useRef, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { useAttemptId } from '../lib/use-attempt-id.ts';
import { openConversation } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { type Choice, ChoiceList } from '../ui/choice-list.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { announce } from '../ui/live-regions.tsx';
import { conversationOf, type Target, useTargets } from './use-targets.ts';

/** Chooses where a message is passed on to, one chat or several; whom one has no chat with yet gets one with it. */
export function ForwardDialog() {
  const client = useChatClient();
  const { close, subject } = useUi();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<readonly Target[]>([]);
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const inputRef = useRef<HTMLInputElement>(null);
  const attemptId = useAttemptId();
  const { targets, searching, searchTrouble } = useTargets(query, chosen);

  const isChosen = (target: Target) => chosen.some(({ key }) => key === target.key);

  function toggle(target: Target) {
    setTrouble('');
    if (isChosen(target)) setChosen(chosen.filter(({ key }) => key !== target.key));
    else if (chosen.length < limits.forwardMaxConversations) setChosen([...chosen, target]);
  }

  async function forward() {
    if (subject === null) return;
    setBusy(true);
    try {
      const byId = new Map<string, Target>();
      for (const target of chosen) byId.set(await conversationOf(client, target), target);
      const results = await client.messages.forward(subject.conversationId, [subject.seq], [...byId.keys()], attemptId(subject));
      const refused = results.filter((result) => result.refusal !== undefined);
      if (refused.length > 0) {
        const left = refused.map((result) => byId.get(result.conversationId)).filter((target) => target !== undefined);
        setChosen(left);
        const why = refusalOf({ data: { nexo: { code: refused[0]?.refusal as ErrorCode } } }).words;
        setTrouble(`Not forwarded to ${left.map(({ name }) => name).join(', ')}: ${why}`);
        setBusy(false);
        return;
      }
      close();
      announce('Forwarded');
      const [only] = byId.keys();
      if (byId.size === 1 && only !== undefined) openConversation(only);
    } catch (error) {
      setTrouble(refusalOf(error).words);
      setBusy(false);
    }
  }

  const choices = targets.map(
    (target): Choice => ({
      id: target.key,
      chosen: isChosen(target),
      content: <TargetChoice target={target} chosen={isChosen(target)} />,
      onChoose: () => toggle(target),
    }),
  );
  const note =
    choices.length === 0 && !searching
      ? (searchTrouble ?? `Nobody and no chat is found for “${query.trim()}”.`)
      : chosen.length === 0
        ? 'Choose one chat or more.'
        : `${chosen.length} chosen`;
  return (
    <LayerDialog title="Forward to" initialFocus={inputRef}>
      <ChoiceList
        multiple
        label="Chats and people"
        placeholder="Find a chat or a person"
        query={query}
        onQuery={setQuery}
        choices={choices}
        inputRef={inputRef}
        note={note}
      />
      <p role="status" className="px-5 pb-2 text-[13px] text-danger leading-[18px] empty:hidden">
        {trouble}
      </p>
      <div className="flex shrink-0 justify-end gap-2 border-border border-t px-5 py-3">
        <Button onClick={close}>Cancel</Button>
        <Button look="primary" disabled={busy || chosen.length === 0} onClick={() => void forward()}>
          Forward
        </Button>
      </div>
    </LayerDialog>
  );
}

function TargetChoice({ target, chosen }: { target: Target; chosen: boolean }) {
  const { name, avatar, userName } = target;
  return (
    <>
      <Avatar {...avatar} name={name} size={28} />
      <span className="min-w-0 flex-1 truncate text-[14px]">
        <bdi>{name}</bdi>
        {userName === undefined ? null : <span className="ms-2 text-[12px] text-muted">@{userName}</span>}
      </span>
      {chosen ? <Check size={18} aria-hidden="true" className="text-accent" /> : null}
    </>
  );
}
