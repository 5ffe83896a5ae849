import { isMentioned, limits, type MessageView, type MyMembership } from '@nexo/shared';

/** The own side after a message, or another version of one, has come: it mentions us and is unread, or it does not (any more). */
export function withMention(me: MyMembership, message: MessageView, myId: string | null): MyMembership {
  const isOurs = myId === null || message.senderId === myId;
  const counts = !isOurs && message.countable && message.revokedAt === undefined && isMentioned(message.content, myId);
  const isKnown = me.mentions?.includes(message.seq) ?? false;
  if (counts === isKnown) return me;
  const others = me.mentions?.filter((seq) => seq !== message.seq) ?? [];
  const seqs = counts ? [...others, message.seq].sort((a, b) => a - b).slice(-limits.mentionsMaxShown) : others;
  return { ...me, mentions: seqs };
}

/** The own side without any mention in these messages. */
export function withoutMentions(me: MyMembership, seqs: readonly number[]): MyMembership {
  const { mentions = [], ...rest } = me;
  const others = mentions.filter((seq) => !seqs.includes(seq));
  if (others.length === mentions.length) return me;
  return others.length === 0 ? rest : { ...rest, mentions: others };
}
