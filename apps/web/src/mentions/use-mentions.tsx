'use client';

import { useChatClient, useMe } from '@nexo/client/react';
import type { ConversationView, Mention, TextContent } from '@nexo/shared';
import { Megaphone } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type RefObject, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { editOf, setEdit } from '../composer/composer-notes.ts';
import { draftOf, setDraft, useDraft } from '../composer/drafts.ts';
import { useWhyNot } from '../groups/use-group-rights.ts';
import { isImePress } from '../keys/key-table.ts';
import { Avatar } from '../ui/avatar.tsx';
import {
  afterCompletion,
  type Completed,
  fitOf,
  type MentionQuery,
  mentionQuery,
  mentionsIn,
  namedInFull,
  speaksToAll,
  withMention,
} from './mention-query.ts';
import { useNameableMembers } from './use-nameable-members.ts';

interface Candidate {
  /** `*` is everybody. */
  userId: string;
  name: string;
  avatarUrl?: string | undefined;
}

const candidatesMax = 8;

/** Completion of names behind an @, for a text field: what to show above it, and what its keys and changes mean. */
export function useMentions(conversation: ConversationView, fieldRef: RefObject<HTMLTextAreaElement | null>) {
  const { id, kind } = conversation;
  const client = useChatClient();
  const me = useMe();
  const listId = useId();
  const [query, setQuery] = useState<MentionQuery | null>(null);
  const [activeId, setActiveId] = useState<string | undefined>(undefined);
  const completed = useRef<Completed | null>(null);
  const written = useDraft(id).text;
  const members = useNameableMembers(conversation, query !== null || written.includes('@'), query?.words ?? '');
  const whyNot = useWhyNot(conversation);
  const mayAll = kind === 'group' && whyNot('mentionAll') === null;
  const candidates = query === null ? [] : find(query.words);
  const isOpen = candidates.length > 0;
  const active = Math.max(
    0,
    candidates.findIndex(({ userId }) => userId === activeId),
  );

  /** Whom one can speak to here, who has spoken last first. */
  function peopleHere(): Candidate[] {
    if (kind === 'self') return [];
    const spoken = client.store
      .timeline(id)
      .get()
      .items.map((item) => item.senderId);
    const memberIds = members.map(({ userId }) => userId);
    const ids = [
      ...new Set([...spoken.reverse(), ...memberIds, ...(conversation.peer === undefined ? [] : [conversation.peer.id])]),
    ];
    return ids
      .filter((userId) => userId !== me?.id)
      .map((userId) => {
        const user = client.store.user(userId).get();
        return { userId, name: user?.displayName ?? userId, avatarUrl: user?.avatarUrl };
      });
  }

  function find(words: string): Candidate[] {
    const nicknames = new Map(members.map(({ userId, nickname }) => [userId, nickname]));
    const found = peopleHere().flatMap((person) => {
      // One's own name for somebody and the one they have here find them, but what is written is what they are called by all.
      const remark = client.store.relation(person.userId).get().contact?.remark;
      const names = [person.name, remark, nicknames.get(person.userId)].filter((name) => name !== undefined);
      const score = names.map((name) => fitOf(name, person.userId, words)).find((fit) => fit !== undefined);
      return score === undefined ? [] : [{ ...person, score }];
    });
    const all = mayAll && 'all'.startsWith(words.toLowerCase()) ? [{ userId: '*', name: 'all', score: -1 }] : [];
    return [...all, ...found.sort((a, b) => a.score - b.score)].slice(0, candidatesMax);
  }

  function look() {
    const field = fieldRef.current;
    const next =
      field === null || field.selectionStart !== field.selectionEnd ? null : mentionQuery(field.value, field.selectionStart);
    setQuery(next);
    if (next?.words !== query?.words) setActiveId(undefined);
  }

  function take(candidate: Candidate) {
    if (query === null) return;
    const edit = editOf(id);
    const draft = draftOf(id);
    const before = edit ?? draft;
    const done = withMention(before.text, query, candidate.name);
    const { text, caret } = done;
    const named = candidate.userId === '*' ? [] : [{ userId: candidate.userId, name: candidate.name }];
    const mentions = [...(before.mentions ?? []), ...named];
    // At once: who types on meanwhile would have the caret jump back before what they typed.
    flushSync(() => {
      if (edit === undefined) setDraft(id, { ...draft, text, mentions });
      else setEdit(id, { ...edit, text, mentions });
      setQuery(null);
    });
    fieldRef.current?.setSelectionRange(caret, caret);
    completed.current = done;
  }

  /** What stands in the field after something was typed. */
  function typed(field: HTMLTextAreaElement): string {
    const meant = completed.current === null ? null : afterCompletion(completed.current, field.value);
    completed.current = null;
    if (meant === null) return field.value;
    field.value = meant.text;
    field.setSelectionRange(meant.caret, meant.caret);
    return meant.text;
  }

  /** True when the key was for the menu. */
  function onKeyDown(event: KeyboardEvent): boolean {
    if (!isOpen || isImePress(event.nativeEvent)) return false;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = candidates[active];
    if (move !== undefined) setActiveId(candidates[(active + move + candidates.length) % candidates.length]?.userId);
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey && chosen !== undefined) take(chosen);
    else if (event.key === 'Escape') setQuery(null);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  const menu: ReactNode = isOpen ? (
    <div role="listbox" id={listId} aria-label="People to mention" className="mention-menu" data-testid="mention-menu">
      {candidates.map((candidate, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field, which keeps the focus.
        <div
          key={candidate.userId}
          id={`${listId}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          // Writing goes on where it was: the list takes no focus.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => take(candidate)}
        >
          {candidate.userId === '*' ? (
            <Megaphone size={20} aria-hidden="true" className="mx-1" />
          ) : (
            <Avatar id={candidate.userId} name={candidate.name} url={candidate.avatarUrl} size={28} />
          )}
          <bdi className="truncate">{candidate.userId === '*' ? '@all' : candidate.name}</bdi>
          <span className="ms-auto truncate text-[12px] text-muted">
            {candidate.userId === '*' ? 'Everybody in this group' : `@${candidate.userId}`}
          </span>
        </div>
      ))}
    </div>
  ) : null;

  return {
    menu,
    onKeyDown,
    typed,
    look,
    leave: () => setQuery(null),
    /** What the field says of the menu to screen readers. */
    aria: isOpen ? ({ 'aria-controls': listId, 'aria-activedescendant': `${listId}-${active}` } as const) : ({} as const),
    /** A text with the people it speaks to, as it is sent. */
    content(text: string, chosen: readonly Mention[] = []): TextContent {
      const mentions = mentionsIn(text, [...namedInFull(text, peopleHere()), ...chosen]);
      return {
        ...{ type: 'text', text },
        ...(mentions.length === 0 ? {} : { mentions }),
        ...(mayAll && speaksToAll(text) ? { mentionsAll: true } : {}),
      };
    },
  };
}
