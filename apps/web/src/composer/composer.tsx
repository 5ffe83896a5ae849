'use client';

import { useChatClient, useUser } from '@nexo/client/react';
import type { ConversationView, ReplyView } from '@nexo/shared';
import { Reply, SendHorizontal, X } from 'lucide-react';
import dynamic from 'next/dynamic';
import { type ChangeEvent, type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef } from 'react';
import { findKey } from '../keys/key-table.ts';
import { isMac, useAppKeys } from '../keys/use-keys.ts';
import { nameColor } from '../lib/names.ts';
import { excerpt } from '../message-list/content-text.ts';
import { draftOf, setDraft, useDraft } from './drafts.ts';
import { composerId, focusComposer } from './focus-composer.ts';
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
  const fieldRef = useRef<HTMLTextAreaElement>(null);
  const size = textSize(draft.text);
  const canSend = draft.text.trim() !== '' && !size.over;

  // A keyboard is at hand where a pointer is fine; on a phone the caret would only raise the keyboard over what one came to read.
  useEffect(() => {
    const field = fieldRef.current;
    if (field === null || !matchMedia('(pointer: fine)').matches) return;
    field.focus();
    // One goes on after what is there already.
    field.setSelectionRange(field.value.length, field.value.length);
  }, []);
  useLayoutEffect(() => {
    if (fieldRef.current !== null && fieldRef.current.value === draft.text) growByHand(fieldRef.current);
  }, [draft.text]);

  function send() {
    const { text, replyTo } = draftOf(id);
    if (text.trim() === '' || textSize(text).over) return;
    const sent = client.messages.send(id, text.trim(), replyTo === undefined ? {} : { replyTo: replyTo.seq });
    // Only what the engine has taken leaves the composer.
    setDraft(id, { text: '' });
    // The row in the list tells what became of it.
    sent.acknowledged.catch(() => undefined);
    onSent();
    focusComposer();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    const key = findKey(event.nativeEvent, 'composer', true, isMac());
    if (key === 'send') send();
    else if (key === 'replyToPrevious') replyToPrevious();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Each press goes one message further up. */
  function replyToPrevious() {
    const now = draftOf(id);
    const below = now.replyTo?.seq ?? Number.POSITIVE_INFINITY;
    const { items } = client.store.timeline(id).get();
    const message = items.findLast((item) => item.seq !== undefined && item.seq < below && item.content.type === 'text');
    if (message?.seq === undefined || message.content.type !== 'text') return;
    setDraft(id, {
      text: now.text,
      replyTo: { seq: message.seq, senderId: message.senderId, excerpt: excerpt(message.content.text) },
    });
  }

  function leaveReply() {
    setDraft(id, { text: draftOf(id).text });
    focusComposer();
  }

  useAppKeys(
    {
      escape() {
        if (draftOf(id).replyTo === undefined) return false;
        leaveReply();
        return true;
      },
    },
    1,
  );

  function onChange(event: ChangeEvent<HTMLTextAreaElement>) {
    const text = event.target.value;
    setDraft(id, { ...draftOf(id), text });
    if (text !== '') client.messages.typing(id);
  }

  const name = kind === 'self' ? 'yourself' : title;
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
        {draft.other === undefined ? null : <OtherDraft conversationId={id} other={draft.other} />}
        {draft.replyTo === undefined ? null : <ReplyBar reply={draft.replyTo} onLeave={leaveReply} />}
        <div className="flex items-end gap-2 py-2">
          <div className="relative min-w-0 flex-1">
            <textarea
              ref={fieldRef}
              id={composerId}
              data-testid="composer"
              rows={1}
              value={draft.text}
              onChange={onChange}
              onKeyDown={onKeyDown}
              onBlur={() => client.drafts.saveNow(id)}
              enterKeyHint="send"
              autoComplete="off"
              aria-label={`Message ${name}`}
              aria-invalid={size.over}
              aria-describedby="composer-size"
              placeholder={`Message ${name}${online ? '' : ' (will send when online)'}`}
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
          <button
            type="submit"
            aria-label="Send"
            title="Send (Enter)"
            disabled={!canSend}
            // Writing goes on where it was: the button takes no focus.
            onPointerDown={(event) => event.preventDefault()}
            data-testid="send"
            className="grid size-11 shrink-0 place-items-center rounded-full bg-accent text-on-accent transition-opacity duration-[120ms] hover:brightness-110 disabled:bg-hover disabled:text-faint"
          >
            <SendHorizontal size={20} aria-hidden="true" />
          </button>
        </div>
      </div>
    </form>
  );
}

function ReplyBar({ reply, onLeave }: { reply: ReplyView; onLeave: () => void }) {
  const author = useUser(reply.senderId);
  return (
    <div className="flex h-11 items-center gap-3" data-testid="reply-bar">
      <Reply size={18} aria-hidden="true" className="shrink-0 text-muted" />
      <div
        className="min-w-0 flex-1 border-s-[3px] ps-2 text-[13px] leading-[18px]"
        style={{ borderColor: nameColor(reply.senderId) }}
      >
        <p className="truncate font-semibold" style={{ color: nameColor(reply.senderId) }}>
          <span className="sr-only">Replying to </span>
          {author?.displayName ?? reply.senderId}
        </p>
        <p className="truncate text-muted">{reply.excerpt}</p>
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
