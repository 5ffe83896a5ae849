'use client';

import type { TimelineMessage } from '@nexo/client';
import { useChatClient, useMe } from '@nexo/client/react';
import { type ConversationView, excerptOf, type ReplyView, type TextContent } from '@nexo/shared';
import { Check, Reply, SendHorizontal, X } from 'lucide-react';
import dynamic from 'next/dynamic';
import { type ChangeEvent, type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { findKey } from '../keys/key-table.ts';
import { isMac, useAppKeys } from '../keys/use-keys.ts';
import { nameColor } from '../lib/names.ts';
import { refusalOf } from '../lib/refusal-words.ts';
import '../mentions/mentions.css';
import { useHidden, veiledWords } from '../contacts/use-veiled.ts';
import { useMentions } from '../mentions/use-mentions.tsx';
import { EditBar } from '../message-life/edit-bar.tsx';
import { beginEdit, endEdit, lastEditable } from '../message-life/edit-draft.ts';
import { useMessageRules, verdictsOf } from '../message-life/use-verdicts.ts';
import { useNameIn } from '../people/use-display-name.ts';
import { announce } from '../ui/live-regions.tsx';
import { editOf, setEdit, useEdit } from './composer-notes.ts';
import { draftOf, setDraft, useDraft } from './drafts.ts';
import { composerId, focusComposer } from './focus-composer.ts';
import { SendMenu } from './send-menu.tsx';
import { textSize } from './text-size.ts';

// Rare, and only ever with the network back.
const OtherDraft = dynamic(() => import('./other-draft.tsx'), { ssr: false });

/** Where one writes. What stands in it is the draft, kept with every key press; sending works offline too. */
export function Composer({
  conversation,
  online,
  onSent,
}: {
  conversation: ConversationView;
  online: boolean;
  onSent: () => void;
}) {
  const { id, title, kind } = conversation;
  const client = useChatClient();
  const draft = useDraft(id);
  const edit = useEdit(id);
  const text = edit?.text ?? draft.text;
  const fieldRef = useRef<HTMLTextAreaElement>(null);
  const completion = useMentions(conversation, fieldRef);
  const size = textSize(text);
  const [saving, setSaving] = useState(false);
  const [editTrouble, setEditTrouble] = useState('');
  const canSend = text.trim() !== '' && !size.over && !saving;
  const rules = useMessageRules();
  const meId = useMe()?.id ?? '';

  // A keyboard is at hand where a pointer is fine; on a phone the caret would only raise the keyboard over what one came to read.
  useEffect(() => {
    const field = fieldRef.current;
    if (field === null || !matchMedia('(pointer: fine)').matches) return;
    field.focus();
    // One goes on after what is there already.
    field.setSelectionRange(field.value.length, field.value.length);
  }, []);
  useLayoutEffect(() => {
    if (fieldRef.current !== null && fieldRef.current.value === text) growByHand(fieldRef.current);
  }, [text]);

  /** The words stay in the composer until the server has them. */
  async function saveEdit(seq: number, content: TextContent) {
    setSaving(true);
    try {
      await client.messages.edit(id, seq, content);
      setEditTrouble('');
      if (editOf(id)?.seq === seq) endEdit(id);
      announce('Edited');
    } catch (error) {
      setEditTrouble(refusalOf(error).words);
    } finally {
      setSaving(false);
    }
  }

  function leaveEdit() {
    setEditTrouble('');
    endEdit(id);
    focusComposer();
  }

  function editLast() {
    const mayEdit = (message: TimelineMessage) =>
      verdictsOf(conversation, meId, message, rules, client.store.serverNow()).edit === null;
    const message = lastEditable(client, id, meId, mayEdit);
    if (message !== undefined) beginEdit(id, message);
  }

  function send(silent = false) {
    const { replyTo } = draftOf(id);
    const edited = editOf(id);
    const { text, mentions } = edited ?? draftOf(id);
    if (text.trim() === '' || textSize(text).over || saving) return;
    const content = completion.content(text.trim(), mentions);
    if (edited !== undefined) {
      void saveEdit(edited.seq, content);
      return;
    }
    const sent = client.messages.send(id, content, { silent, ...(replyTo === undefined ? {} : { replyTo: replyTo.seq }) });
    // Only what the engine has taken leaves the composer.
    setDraft(id, { text: '' });
    // The row in the list tells what became of it.
    sent.acknowledged.catch(() => undefined);
    onSent();
    focusComposer();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (completion.onKeyDown(event)) return;
    const key = findKey(event.nativeEvent, 'composer', true, isMac());
    if (key === 'send') send();
    else if (key === 'sendSilently') send(true);
    else if (key === 'replyToPrevious' && edit === undefined) replyToPrevious();
    else if (key === 'editLast' && draftOf(id).text === '' && edit === undefined) editLast();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Each press goes one message further up. */
  function replyToPrevious() {
    const now = draftOf(id);
    const below = now.replyTo?.seq ?? Number.POSITIVE_INFINITY;
    const { items } = client.store.timeline(id).get();
    const hasWords = ({ content }: TimelineMessage) => !['notice', 'revoked', 'expired'].includes(content.type);
    const message = items.findLast((item) => item.seq !== undefined && item.seq < below && hasWords(item));
    if (message?.seq === undefined) return;
    setDraft(id, {
      ...now,
      replyTo: { seq: message.seq, senderId: message.senderId, excerpt: excerptOf(message.content) },
    });
  }

  function leaveReply() {
    setDraft(id, { ...draftOf(id), replyTo: undefined });
    focusComposer();
  }

  useAppKeys(
    {
      escape() {
        if (editOf(id) !== undefined) leaveEdit();
        else if (draftOf(id).replyTo !== undefined) leaveReply();
        else return false;
        return true;
      },
    },
    1,
  );

  function onChange(event: ChangeEvent<HTMLTextAreaElement>) {
    const typed = completion.typed(event.target);
    const now = editOf(id);
    if (now !== undefined) setEdit(id, { ...now, text: typed });
    else {
      setDraft(id, { ...draftOf(id), text: typed });
      // Who mends what was said long ago is not about to say something.
      if (typed !== '') client.messages.typing(id);
    }
    completion.look();
  }

  const name = kind === 'self' ? 'yourself' : title;
  const invitation = conversation.disappearing === undefined ? `Message ${name}` : 'Disappearing message';
  return (
    <form
      aria-label={`Write to ${name}`}
      data-region="composer"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        send();
      }}
      className="shrink-0 bg-surface pb-[env(safe-area-inset-bottom)]"
    >
      <div className="mx-auto max-w-[808px] px-6 max-[600px]:px-2">
        {edit === undefined ? null : <EditBar original={edit.original} trouble={editTrouble} onLeave={leaveEdit} />}
        {edit !== undefined || draft.other === undefined ? null : <OtherDraft conversationId={id} other={draft.other} />}
        {edit !== undefined || draft.replyTo === undefined ? null : (
          <ReplyBar conversationId={id} reply={draft.replyTo} onLeave={leaveReply} />
        )}
        <div className="flex items-end gap-2 py-2">
          <div className="relative min-w-0 flex-1">
            {completion.menu}
            <textarea
              ref={fieldRef}
              id={composerId}
              data-testid="composer"
              rows={1}
              value={text}
              onChange={onChange}
              onKeyDown={onKeyDown}
              onSelect={completion.look}
              onBlur={() => {
                completion.leave();
                client.drafts.saveNow(id);
              }}
              {...completion.aria}
              enterKeyHint="send"
              autoComplete="off"
              aria-label={`Message ${name}`}
              aria-invalid={size.over}
              aria-describedby="composer-size"
              placeholder={`${invitation}${online ? '' : ' (will send when online)'}`}
              className="composer-field"
            />
            <span
              id="composer-size"
              role="status"
              data-testid="composer-size"
              className={`tabular absolute end-3 bottom-full mb-1 rounded bg-surface px-2 text-[12px] leading-4 ${
                size.tells ? '' : 'hidden'
              } ${size.over ? 'text-danger' : 'text-muted'}`}
            >
              {size.over
                ? `Too long by ${(size.bytes - size.max).toLocaleString('en')} bytes. Shorten it to send.`
                : `${(size.max - size.bytes).toLocaleString('en')} bytes left`}
            </span>
          </div>
          <SendMenu disabled={!canSend || edit !== undefined} onSilent={() => send(true)}>
            <button
              type="submit"
              aria-label={edit === undefined ? 'Send' : 'Save'}
              title={edit === undefined ? 'Send (Enter)' : 'Save (Enter)'}
              disabled={!canSend}
              // Writing goes on where it was: the button takes no focus.
              onPointerDown={(event) => event.preventDefault()}
              data-testid="send"
              className="grid size-11 shrink-0 place-items-center rounded-full bg-accent text-on-accent transition-opacity duration-[120ms] hover:brightness-110 disabled:bg-hover disabled:text-faint"
            >
              {edit === undefined ? <SendHorizontal size={20} aria-hidden="true" /> : <Check size={20} aria-hidden="true" />}
            </button>
          </SendMenu>
        </div>
      </div>
    </form>
  );
}

function ReplyBar({ conversationId, reply, onLeave }: { conversationId: string; reply: ReplyView; onLeave: () => void }) {
  const author = useNameIn(conversationId, reply.senderId);
  const isHidden = useHidden({ conversationId, ...reply });
  return (
    <div className="flex h-11 items-center gap-3" data-testid="reply-bar">
      <Reply size={18} aria-hidden="true" className="shrink-0 text-muted" />
      <div
        className="min-w-0 flex-1 border-s-[3px] ps-2 text-[13px] leading-[18px]"
        style={{ borderColor: nameColor(reply.senderId) }}
      >
        <p className="truncate font-semibold" style={{ color: nameColor(reply.senderId) }}>
          <span className="sr-only">Replying to </span>
          {author}
        </p>
        <p className="truncate text-muted">{isHidden ? veiledWords : reply.excerpt}</p>
      </div>
      <button
        type="button"
        onClick={onLeave}
        aria-label="Cancel reply"
        title="Cancel reply (Esc)"
        className="grid size-9 shrink-0 place-items-center rounded-control text-muted hover:bg-hover"
      >
        <X size={18} aria-hidden="true" />
      </button>
    </div>
  );
}

/** For browsers without `field-sizing: content`: the height follows the text, up to the eight lines of the style. */
function growByHand(field: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}
