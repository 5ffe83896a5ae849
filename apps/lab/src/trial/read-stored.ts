import type { Sql } from '@nexo/db';
import type { MessageContent } from '@nexo/shared';
import type { StoredConversation, StoredMember, StoredPerson } from '../check/trial/stored.ts';
import { contentDigest, digestOf } from '../history/digest.ts';

interface MessageRow {
  id: string;
  seq: number;
  change: number;
  sender: string;
  client_message_id: string;
  content: MessageContent;
  countable: boolean;
  countable_seq: number;
  sent_at: number;
  reply_to: number | null;
  edited: boolean;
}

/** Characters of a quoted message that a reply carries. */
const excerptChars = 200;

/**
 * Reads everything about one conversation by plain SQL, past all of the product's own code; null when it is not there.
 */
export async function readStoredConversation(sql: Sql, id: string): Promise<StoredConversation | null> {
  const [head] = await sql<{ kind: string; seq: number; change: number; countable: number }[]>`
    select c.kind, h.seq, h.change, h.countable from conversations c join heads h on h.conversation_id = c.id where c.id = ${id}`;
  if (head === undefined) return null;
  const rows: MessageRow[] = [];
  const query = sql<MessageRow[]>`
    select id, seq, last_change as change, sender_id as sender, client_message_id, content, countable, countable_seq,
      extract(epoch from created_at)::float8 * 1000 as sent_at, reply_to, content_change is not null as edited
    from messages where conversation_id = ${id} order by seq`;
  for await (const page of query.cursor(10_000)) rows.push(...page);
  const texts = new Map(rows.map((row) => [row.seq, row]));
  const members = await sql<(Omit<StoredMember, 'visible'> & { ranges: string })[]>`
    select user_id as "userId", role, left_at is not null as left, visible::text as ranges, read_seq as "readSeq",
      read_countable as "readCountable", change
    from members where conversation_id = ${id} order by user_id`;
  const [group] = await sql<{ name: string; memberCount: number; change: number }[]>`
    select name, member_count as "memberCount", change from groups where conversation_id = ${id}`;
  return {
    id,
    kind: head.kind,
    head: { seq: head.seq, change: head.change, countable: head.countable },
    messages: rows.map((row) => {
      const quoted = row.reply_to === null ? undefined : texts.get(row.reply_to);
      const excerpt = quoted?.content.type === 'text' ? [...quoted.content.text].slice(0, excerptChars).join('') : '';
      const replyTo = quoted === undefined ? undefined : { seq: quoted.seq, senderId: quoted.sender, excerpt };
      const message = {
        ...{ id: row.id, senderId: row.sender, content: row.content, countable: row.countable },
        ...{ countableSeq: row.countable_seq, sentAt: row.sent_at, replyTo },
      };
      return {
        seq: row.seq,
        change: row.change,
        sender: row.sender,
        id: row.client_message_id,
        isNotice: row.content.type !== 'text',
        digest: digestOf(message),
        content: contentDigest(row.content, row.reply_to ?? undefined),
        countable: row.countable,
        countableSeq: row.countable_seq,
        isChanged: row.edited,
      };
    }),
    members: members.map(({ ranges, ...member }) => ({ ...member, visible: rangesOf(ranges) })),
    ...(group === undefined ? {} : { group }),
  };
}

export async function readStoredPeople(sql: Sql): Promise<StoredPerson[]> {
  return sql<StoredPerson[]>`select id, display_name as "displayName" from users order by id`;
}

export async function readConversationIds(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select id from conversations order by id`;
  return rows.map(({ id }) => id);
}

/** Postgres' own notation: `{[1,5),[9,)}`. Both ends inclusive here; open is infinity. */
function rangesOf(text: string): [number, number][] {
  return [...text.matchAll(/\[(\d+),(\d*)\)/g)].map((match) => [
    Number(match[1]),
    match[2] === '' ? Number.POSITIVE_INFINITY : Number(match[2]) - 1,
  ]);
}
