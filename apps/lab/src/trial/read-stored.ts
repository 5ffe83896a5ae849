import type { Sql } from '@nexo/db';
import { excerptOf, type MessageContent, mentionedIn, type NoticeContent, type ReactionView } from '@nexo/shared';
import type {
  StoredConversation,
  StoredGroup,
  StoredMember,
  StoredNotice,
  StoredPerson,
  StoredRow,
} from '../check/trial/stored.ts';
import { contentDigest, digestOf, quoteDigest, reactionsDigest } from '../history/digest.ts';

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
  amended: boolean;
  content_change: number | null;
  reactions: ReactionView[] | null;
  expires_at: number | null;
  forwarded_from_id: string | null;
}

/**
 * Reads everything about one conversation by plain SQL, past all of the product's own code; null when it is not there.
 */
export async function readStoredConversation(sql: Sql, id: string): Promise<StoredConversation | null> {
  const [head] = await sql<{ kind: string; seq: number; change: number; countable: number; pins: { seq: number }[] }[]>`
    select c.kind, c.pins, h.seq, h.change, h.countable
    from conversations c join heads h on h.conversation_id = c.id where c.id = ${id}`;
  if (head === undefined) return null;
  const rows: MessageRow[] = [];
  const query = sql<MessageRow[]>`
    select id, seq, last_change as change, sender_id as sender, client_message_id, content, countable, countable_seq,
      extract(epoch from created_at)::float8 * 1000 as sent_at, reply_to, amended, content_change, reactions, forwarded_from_id,
      extract(epoch from expires_at)::float8 * 1000 as expires_at
    from messages where conversation_id = ${id} order by seq`;
  for await (const page of query.cursor(10_000)) rows.push(...page);
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  const [group] = await sql<StoredGroup[]>`
    select name, member_count as "memberCount", change, dismissed_at is not null as dismissed, (
        select coalesce(json_agg(json_build_object('userId', user_id, 'status', status) order by user_id), '[]')
        from group_requests r where r.conversation_id = g.conversation_id
      ) as requests, (
        select coalesce(json_agg(json_build_object('code', code, 'maxUses', max_uses, 'uses', uses, 'approval', approval,
          'revoked', revoked_at is not null) order by code), '[]')
        from group_links l where l.conversation_id = g.conversation_id
      ) as links
    from groups g where conversation_id = ${id}`;
  return {
    id,
    kind: head.kind,
    head: { seq: head.seq, change: head.change, countable: head.countable },
    messages: rows.map((row) => storedRow(row, row.reply_to === null ? undefined : bySeq.get(row.reply_to))),
    members: await readMembers(sql, id),
    pins: head.pins.map(({ seq }) => seq),
    ...(group === undefined ? {} : { group }),
  };
}

function storedRow(row: MessageRow, quoted: MessageRow | undefined): StoredRow {
  const { seq, change, sender, content, countable } = row;
  const countableSeq = row.countable_seq;
  const said = content.type === 'text' ? content : null;
  return {
    ...{ seq, change, sender, countable, countableSeq, expiresAt: row.expires_at },
    id: row.client_message_id,
    isNotice: content.type === 'notice',
    ...(content.type === 'notice' ? { notice: noticeOf(content) } : {}),
    ...(row.forwarded_from_id === null ? {} : { forwardedFrom: row.forwarded_from_id }),
    digest: digestOf({ id: row.id, senderId: sender, content, countable, countableSeq, sentAt: row.sent_at }),
    content: contentDigest(content, row.reply_to ?? undefined),
    words: contentDigest(content, undefined),
    contentChange: row.content_change ?? 0,
    reactions: reactionsDigest(row.reactions ?? []),
    quote: quoted === undefined ? null : quoteOf(quoted),
    gone: content.type === 'revoked' || content.type === 'expired' ? content.type : null,
    mentions: said === null ? [] : [...mentionedIn(said), ...(said.mentionsAll === true ? ['*'] : [])],
    isChanged: row.amended,
  };
}

function noticeOf({ notice, actorId, userIds, role }: NoticeContent): StoredNotice {
  return { kind: notice, actor: actorId, users: userIds, ...(role === undefined ? {} : { role }) };
}

function quoteOf({ seq, sender, content, content_change }: MessageRow): StoredRow['quote'] {
  const digest = quoteDigest({ seq, senderId: sender, excerpt: excerptOf(content) });
  return { seq, change: content_change ?? 0, digest };
}

interface MemberRow extends Omit<StoredMember, 'visible' | 'own'> {
  ranges: string;
  pin_place: number | null;
  mute_mode: string | null;
  mute_until: number | null;
  hidden_seq: number | null;
  marked_unread_seq: number | null;
  marked_read_seq: number | null;
  draft: { text: string } | null;
  muted_until: number | null;
}

async function readMembers(sql: Sql, id: string): Promise<StoredMember[]> {
  const rows = await sql<MemberRow[]>`
    select user_id as "userId", role, left_at is not null as left, visible::text as ranges, read_seq as "readSeq",
      read_countable as "readCountable", change, pin_place, mute_mode, hidden_seq, marked_unread_seq, marked_read_seq, draft,
      extract(epoch from mute_until)::float8 * 1000 as mute_until, extract(epoch from muted_until)::float8 * 1000 as muted_until,
      (
        select coalesce(json_agg(seq order by seq), '[]') from removed_messages r
        where r.conversation_id = m.conversation_id and r.user_id = m.user_id
      ) as removed
    from members m where conversation_id = ${id} order by user_id`;
  return rows.map((row) => ({
    ...{ userId: row.userId, role: row.role, left: row.left, readSeq: row.readSeq, readCountable: row.readCountable },
    ...{ change: row.change, removed: row.removed, visible: rangesOf(row.ranges) },
    own: {
      pinPlace: row.pin_place ?? 0,
      muted: row.mute_mode === null ? '' : `${row.mute_mode} ${row.mute_until ?? ''}`,
      hiddenSeq: row.hidden_seq ?? 0,
      unreadFrom: row.marked_read_seq === row.readSeq ? (row.marked_unread_seq ?? 0) : 0,
      draft: row.draft?.text ?? '',
      mutedUntil: Math.round(row.muted_until ?? 0),
    },
  }));
}

export async function readStoredPeople(sql: Sql): Promise<StoredPerson[]> {
  return sql<StoredPerson[]>`
    select id, display_name as "displayName", json_build_object(
      'contacts', (
        select coalesce(json_agg(contact_id order by contact_id collate "C"), '[]')
        from contacts where owner_id = u.id and removed_at is null
      ),
      'blocks', (
        select coalesce(json_agg(blocked_id order by blocked_id collate "C"), '[]')
        from blocks where owner_id = u.id and removed_at is null
      ),
      'requests', (
        select coalesce(json_agg(name order by name collate "C"), '[]')
        from (select from_id || '>' || to_id as name from contact_requests where u.id in (from_id, to_id) and ended_at is null) r
      )
    ) as relations
    from users u order by id`;
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
