import type { ChatClient } from '@nexo/client';
import { isMarkedUnread, type MyMembership } from '@nexo/shared';
import { contentDigest, reactionsDigest } from '../../history/digest.ts';
import type { Item, OwnSide, Relations } from '../../history/line.ts';

/** The own side of a conversation as a device has it. */
export function ownSideOf(me: MyMembership): OwnSide {
  return {
    pinPlace: me.pinPlace ?? 0,
    muted: me.muted === undefined ? '' : `${me.muted.mode} ${me.muted.untilAt ?? ''}`,
    hiddenSeq: me.hiddenSeq ?? 0,
    unreadFrom: isMarkedUnread(me) ? (me.markedUnread?.fromSeq ?? 0) : 0,
    draft: me.draft?.text ?? '',
    mutedUntil: Math.round(me.mutedUntil ?? 0),
  };
}

/** Whom the person knows, has blocked and waits for, as a device has it. */
export function relationsOf({ store }: ChatClient): Relations {
  const requests = store.contactRequests.get().map(({ fromUserId, toUserId }) => `${fromUserId}>${toUserId}`);
  const idsOf = (users: readonly { userId: string }[]) => users.map(({ userId }) => userId).sort();
  return { contacts: idsOf(store.contacts.get()), blocks: idsOf(store.blocks.get()), requests: requests.sort() };
}

/** What the timeline shows, from the newest page back; each page is noted as it passes, as the engine holds a window only. */
export async function readPages(client: ChatClient, conversationId: string, pages: number): Promise<Item[]> {
  const timeline = client.store.timeline(conversationId);
  const watched = timeline.subscribe(() => {});
  try {
    await client.conversations.loadNewest(conversationId);
    const shown = (): Item[] =>
      timeline
        .get()
        .items.flatMap(({ seq, key, content, replyTo, reactions }): Item[] =>
          seq === undefined ? [] : [[seq, 0, key, contentDigest(content, replyTo?.seq), 0, reactionsDigest(reactions)]],
        );
    let items = shown();
    for (let page = 1; page < pages && timeline.get().hasBefore; page++) {
      await client.conversations.loadBefore(conversationId);
      const first = items[0]?.[0] ?? Number.POSITIVE_INFINITY;
      items = [...shown().filter(([seq]) => seq < first), ...items];
    }
    return items;
  } finally {
    watched();
  }
}

/** All members with their roles; undefined where they may not be asked for. */
export async function readMembers(client: ChatClient, conversationId: string): Promise<[string, string][] | undefined> {
  const members: [string, string][] = [];
  let cursor: string | null = null;
  try {
    do {
      const page: Awaited<ReturnType<ChatClient['groups']['members']>> = await client.groups.members(
        conversationId,
        cursor ?? undefined,
      );
      for (const { userId, role } of page.items) members.push([userId, role]);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return members;
  } catch {
    return undefined;
  }
}
