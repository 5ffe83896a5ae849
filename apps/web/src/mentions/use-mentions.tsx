'use client';

import { useChatClient, useMe } from '@nexo/client/react';
import type { ConversationView, Mention, TextContent } from '@nexo/shared';
import { Megaphone } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { editOf, setEdit } from '../composer/composer-notes.ts';
import { draftOf, setDraft, useDraft } from '../composer/drafts.ts';
import { useWhyNot } from '../groups/use-group-rights.ts';
import { isImePress } from '../keys/key-table.ts';
import { Avatar } from '../ui/avatar.tsx';
import { fitOf, type MentionQuery, mentionQuery, mentionsIn, namedInFull, speaksToAll, withMention } from './mention-query.ts';

interface Candidate {
  /** `*` is everybody. */
  userId: string;
  name: string;
  avatarUrl?: string | undefined;
}

const candidatesMax = 8;
/** Pages of members that are looked through; in a larger group those who have spoken lately are found too. */
const pagesMax = 3;

/** Completion of names behind an @, for a text field: what to show above it, and what its keys and changes mean. */
export function useMentions(conversation: ConversationView, fieldRef: RefObject<HTMLTextAreaElement | null>) {
  const { id, kind } = conversation;
  const client = useChatClient();
  const me = useMe();
  const listId = useId();
  const [query, setQuery] = useState<MentionQuery | null>(null);
  const [active, setActive] = useState(0);
  const written = useDraft(id).text;
  const memberIds = useMemberIds(conversation, query !== null || written.includes('@'));
  const whyNot = useWhyNot(conversation);
  const mayAll = kind === 'group' && whyNot('mentionAll') === null;
  const candidates = query === null ? [] : find(query.words);
  const isOpen = candidates.length > 0;

  /** Whom one can speak to here, who has spoken last first. */
  function peopleHere(): Candidate[] {
    if (kind === 'self') return [];
    const spoken = client.store
      .timeline(id)
      .get()
      .items.map((item) => item.senderId);
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
    const found = peopleHere().flatMap((person) => {
      // One's own name for somebody finds them, but what is written is what they are called by all.
      const own = client.store.relation(person.userId).get().contact?.remark ?? person.name;
      const score = fitOf(person.name, person.userId, words) ?? fitOf(own, person.userId, words);
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
    if (next?.words !== query?.words) setActive(0);
  }

  function take(candidate: Candidate) {
    if (query === null) return;
    const edit = editOf(id);
    const draft = draftOf(id);
    const before = edit ?? draft;
    const { text, caret } = withMention(before.text, query, candidate.name);
    const named = candidate.userId === '*' ? [] : [{ userId: candidate.userId, name: candidate.name }];
    const mentions = [...(before.mentions ?? []), ...named];
    // At once: who types on meanwhile would have the caret jump back before what they typed.
    flushSync(() => {
      if (edit === undefined) setDraft(id, { ...draft, text, mentions });
      else setEdit(id, { ...edit, text, mentions });
      setQuery(null);
    });
    fieldRef.current?.setSelectionRange(caret, caret);
  }

  /** True when the key was for the menu. */
  function onKeyDown(event: KeyboardEvent): boolean {
    if (!isOpen || isImePress(event.nativeEvent)) return false;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = candidates[active];
    if (move !== undefined) setActive((active + move + candidates.length) % candidates.length);
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

/** Members by pages, asked for when the first @ is typed. */
function useMemberIds({ id, kind }: ConversationView, wanted: boolean): readonly string[] {
  const client = useChatClient();
  const [ids, setIds] = useState<readonly string[]>([]);
  const asked = useRef(false);
  useEffect(() => {
    if (!wanted || kind !== 'group' || asked.current) return;
    asked.current = true;
    void (async () => {
      let cursor: string | undefined;
      for (let page = 0; page < pagesMax; page++) {
        const { items, nextCursor } = await client.groups.members(id, cursor);
        // Their names are loaded with the first look at them.
        for (const { userId } of items) client.store.user(userId).subscribe(() => {})();
        setIds((before) => [...before, ...items.map((member) => member.userId)]);
        if (nextCursor === null) return;
        cursor = nextCursor;
      }
    })().catch(() => {
      asked.current = false;
    });
  }, [client, id, kind, wanted]);
  return ids;
}
