'use client';

import { useChatClient, useConversation, useMe } from '@nexo/client/react';
import type { MessageVersion } from '@nexo/shared';
import { useEffect, useRef, useState } from 'react';
import { useHidden, veiledWords } from '../contacts/use-veiled.ts';
import { ContentView } from '../content/content-view.tsx';
import { refusalOf } from '../lib/refusal-words.ts';
import { fullTime } from '../lib/time.ts';
import { useAction } from '../lib/use-action.ts';
import { useNames } from '../people/use-names.ts';
import { useUi } from '../shell/ui-store.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { announce } from '../ui/live-regions.tsx';
import { type MessageQuestion, useLife } from './life-store.ts';
import { useMessageRules, verdictsOf } from './use-verdicts.ts';

/** What is asked or told about one message in the middle of the window. */
export function MessageDialog() {
  const question = useLife((state) => state.question);
  if (question === null) return null;
  if (question.what === 'delete') return <DeleteDialog message={question.message} />;
  if (question.what === 'history') return <HistoryDialog message={question.message} />;
  return <ReactionsDialog message={question.message} emoji={question.emoji} />;
}

type Of<W extends MessageQuestion['what']> = Omit<Extract<MessageQuestion, { what: W }>, 'what'>;

function DeleteDialog({ message }: Of<'delete'>) {
  const client = useChatClient();
  const close = useUi((state) => state.close);
  const conversation = useConversation(message.conversationId);
  const me = useMe();
  const rules = useMessageRules();
  const { run, busy, trouble } = useAction();
  const keepRef = useRef<HTMLButtonElement>(null);
  const { seq, conversationId } = message;
  if (conversation === undefined || me === null || seq === undefined) return null;
  const { revoke: why } = verdictsOf(conversation, me.id, message, rules, client.store.serverNow());
  const isAlone = conversation.kind === 'self';

  async function remove(work: () => Promise<void>, done: string) {
    if (!(await run(work))) return;
    close();
    announce(done);
  }

  return (
    <LayerDialog title="Delete this message?" alert initialFocus={keepRef}>
      <p className="px-5 pb-1 text-muted">
        {isAlone
          ? 'It will be gone on all your devices.'
          : 'For everyone, its words are gone for good and its place stays. For you alone, it goes from all your devices, and others keep it.'}
      </p>
      {why === null || isAlone ? null : <p className="px-5 pb-1 text-[13px]">{why}</p>}
      <p role="alert" className="min-h-7 px-5 text-[13px] text-danger">
        {trouble}
      </p>
      <div className="flex flex-wrap justify-end gap-2 px-5 pb-4">
        <Button ref={keepRef} onClick={close}>
          Keep
        </Button>
        <Button
          look={isAlone ? 'danger' : 'plain'}
          disabled={busy}
          onClick={() => void remove(() => client.messages.remove(conversationId, [seq]), 'Deleted for you')}
        >
          {isAlone ? 'Delete' : 'Delete for me'}
        </Button>
        {isAlone || ['revoked', 'expired'].includes(message.content.type) ? null : (
          <Button
            look="danger"
            disabled={busy || why !== null}
            onClick={() => void remove(() => client.messages.revoke(conversationId, seq), 'Deleted for everyone')}
          >
            Delete for everyone
          </Button>
        )}
      </div>
    </LayerDialog>
  );
}

function HistoryDialog({ message }: Of<'history'>) {
  const client = useChatClient();
  const isHidden = useHidden(message);
  const [versions, setVersions] = useState<MessageVersion[] | null>(null);
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    if (message.seq === undefined) return;
    client.messages.history(message.conversationId, message.seq).then(setVersions, (error: unknown) => {
      setTrouble(refusalOf(error).words);
    });
  }, [client, message]);
  const count = versions?.length ?? 0;
  return (
    <LayerDialog title="Edit history">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll the list. */}
      <section className="min-h-24 overflow-y-auto px-5 pb-5" tabIndex={0} aria-label="Wordings, the newest first">
        <ol data-testid="edit-history">
          {versions
            ?.map((version, index) => ({ ...version, index }))
            .reverse()
            .map(({ content, at, index }) => (
              <li key={index} className="border-border border-t py-3 first:border-t-0">
                <p className="text-[12px] text-muted leading-4">
                  {index === count - 1 ? 'Now' : index === 0 ? 'First' : 'Before'} ·{' '}
                  <time dateTime={new Date(at).toISOString()}>{fullTime(at)}</time>
                </p>
                <div className="msg-body mt-1">
                  {isHidden ? veiledWords : content.type === 'notice' ? '' : <ContentView content={content} />}
                </div>
              </li>
            ))}
          {trouble === '' ? null : (
            <li role="alert" className="text-danger">
              {trouble}
            </li>
          )}
        </ol>
      </section>
    </LayerDialog>
  );
}

function ReactionsDialog({ message, emoji: first }: Of<'reactions'>) {
  const client = useChatClient();
  const kinds = message.reactions ?? [];
  const [emoji, setEmoji] = useState(first);
  const [people, setPeople] = useState<string[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [trouble, setTrouble] = useState('');
  const nameOf = useNames(people);
  const { conversationId, seq } = message;
  const shownEmoji = useRef(emoji);

  useEffect(() => {
    shownEmoji.current = emoji;
    if (seq === undefined) return;
    let isWanted = true;
    client.messages.reactions(conversationId, seq, emoji).then(
      (page) => {
        if (!isWanted) return;
        setPeople(page.items.map(({ userId }) => userId));
        setCursor(page.nextCursor);
        setTrouble('');
      },
      (error: unknown) => isWanted && setTrouble(refusalOf(error).words),
    );
    return () => {
      isWanted = false;
    };
  }, [client, conversationId, seq, emoji]);

  async function more(after: string) {
    if (seq === undefined) return;
    const asked = emoji;
    try {
      const page = await client.messages.reactions(conversationId, seq, asked, after);
      // Another kind is looked at by now.
      if (asked !== shownEmoji.current) return;
      setPeople((before) => [...before, ...page.items.map(({ userId }) => userId)]);
      setCursor(page.nextCursor);
    } catch (error) {
      setTrouble(refusalOf(error).words);
    }
  }

  return (
    <LayerDialog title="Reactions">
      <div className="flex flex-wrap gap-1 px-5 pb-3" role="tablist" aria-label="Kinds">
        {kinds.map((kind) => (
          <button
            key={kind.emoji}
            type="button"
            role="tab"
            aria-selected={kind.emoji === emoji}
            className="msg-reaction"
            aria-label={`${kind.emoji} ${kind.count}`}
            onClick={() => setEmoji(kind.emoji)}
          >
            <span aria-hidden="true">{kind.emoji}</span> <span className="tabular">{kind.count}</span>
          </button>
        ))}
      </div>
      <ul className="min-h-24 overflow-y-auto px-5 pb-5" data-testid="who-reacted">
        {people.map((id) => (
          <li key={id} className="flex h-11 items-center gap-3">
            <Avatar id={id} name={nameOf(id)} url={undefined} size={32} />
            <span className="min-w-0 truncate">{nameOf(id)}</span>
          </li>
        ))}
        {cursor === null ? null : (
          <li>
            <Button look="quiet" onClick={() => void more(cursor)}>
              Show more
            </Button>
          </li>
        )}
        {trouble === '' ? null : (
          <li role="alert" className="text-danger">
            {trouble}
          </li>
        )}
      </ul>
    </LayerDialog>
  );
}
