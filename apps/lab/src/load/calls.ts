import {
  type ConversationRepair,
  type ListMessagesResult,
  limits,
  type MarkReadResult,
  type ResumeResult,
  type SnapshotResult,
} from '@nexo/shared';
import type { WireClient } from '../wire/wire-client.ts';
import type { PlannedCall } from './callers-plan.ts';

type Call<K extends PlannedCall['kind']> = Extract<PlannedCall, { kind: K }>;

/** Makes a call and looks at the answer: null when it is what it should be, otherwise a sentence. Rejects with a WireError. */
export async function answerOf(wire: WireClient | undefined, call: PlannedCall): Promise<string | null> {
  if (wire === undefined) return `user ${call.user} is not connected`;
  switch (call.kind) {
    case 'page':
      return page(wire, call);
    case 'mark':
      return mark(wire, call);
    case 'coldSync':
      return coldSync(wire, call);
    case 'resume':
      return resume(wire, call);
    case 'missed':
      return missed(wire, call);
  }
}

async function page(wire: WireClient, { input, expect }: Call<'page'>): Promise<string | null> {
  const { items } = await wire.call<ListMessagesResult>('query', 'messages.list', input);
  const { first, last } = expect;
  const isWhole = items.length === last - first + 1 && items.every((item, i) => item.seq === first + i);
  return isWhole
    ? null
    : `the page ${JSON.stringify(input)} has ${items.length} items from ${items[0]?.seq}, not ${first} to ${last}`;
}

async function mark(wire: WireClient, { conversationId, seq }: Call<'mark'>): Promise<string | null> {
  const { readSeq } = await wire.call<MarkReadResult>('mutation', 'conversations.markRead', { conversationId, seq });
  return readSeq >= seq ? null : `${conversationId} was marked read to ${seq}, the answer says ${readSeq}`;
}

/** What an app does with an empty store: every page of the snapshot, one after the other, and the newest conversation's messages. */
async function coldSync(wire: WireClient, { conversations }: Call<'coldSync'>): Promise<string | null> {
  const seen = new Set<string>();
  let newest: string | undefined;
  let cursor: string | null = null;
  do {
    const page: SnapshotResult = await wire.call('query', 'sync.snapshot', cursor === null ? {} : { cursor });
    newest ??= page.items[0]?.id;
    for (const { id } of page.items) seen.add(id);
    cursor = page.nextCursor;
  } while (cursor !== null);
  const opened = await wire.call<ListMessagesResult>('query', 'messages.list', { conversationId: newest });
  if (opened.items.length === 0) return 'the newest conversation has no messages';
  return seen.size === conversations ? null : `the snapshot has ${seen.size} conversations, not ${conversations}`;
}

/** What an app does that was away: all its cursors, in parts, one after the other. */
async function resume(wire: WireClient, call: Call<'resume'>): Promise<string | null> {
  const cursors = [...call.cursors].sort((a, b) => (a.id < b.id ? -1 : 1));
  let repaired = 0;
  for (let from = 0; from < cursors.length; from += limits.resumeMaxConversations) {
    const conversations = cursors.slice(from, from + limits.resumeMaxConversations);
    const before = cursors[from - 1];
    const last = conversations.at(-1);
    const isLast = from + limits.resumeMaxConversations >= cursors.length;
    const answer = await wire.call<ResumeResult>('query', 'sync.resume', {
      epoch: call.epoch,
      userChange: call.userChange,
      ...(before === undefined ? {} : { after: before.id }),
      ...(isLast || last === undefined ? {} : { upTo: last.id }),
      conversations,
    });
    if (answer.kind === 'epochChanged') return 'the server says that the epoch changed';
    if (answer.added.length > 0) return `the server added ${answer.added.length} conversations that were named`;
    repaired += answer.repairs.length;
  }
  return repaired === call.changed ? null : `the resume repaired ${repaired} conversations, not ${call.changed}`;
}

/** Seqs have no holes, so the pages after a reset can be asked for at once. */
async function missed(wire: WireClient, { conversationId, since, fromSeq, count }: Call<'missed'>): Promise<string | null> {
  const seqs = new Set<number>();
  const answer = await wire.call<ConversationRepair>('query', 'sync.changes', { conversationId, since });
  if (answer.kind === 'gone') return 'the conversation is gone';
  for (const { seq } of answer.messages) seqs.add(seq);
  if (answer.kind === 'reset') {
    const upTo = Math.min(answer.conversation.head.seq, ...answer.messages.map(({ seq }) => seq - 1));
    const pages: Promise<ListMessagesResult>[] = [];
    for (let after = fromSeq - 1; after < upTo; after += limits.pageMax) {
      const input = { conversationId, after, limit: Math.min(limits.pageMax, upTo - after) };
      pages.push(wire.call<ListMessagesResult>('query', 'messages.list', input));
    }
    for (const { items } of await Promise.all(pages)) for (const { seq } of items) seqs.add(seq);
  }
  return seqs.size === count ? null : `${seqs.size} of ${count} missed messages came`;
}
