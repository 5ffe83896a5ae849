import type { ConversationKind } from './conversations.ts';
import type { ErrorCode } from './errors.ts';
import type { Role } from './groups.ts';
import type { MessageRules } from './message-life.ts';
import type { MessageView } from './messages.ts';
import { type Reason, reasonWords, type Verdict } from './permissions.ts';

/** A day each: long enough to find a mistake, too short to rewrite what others have built upon. */
export const defaultMessageRules: MessageRules = { editWindowMs: 24 * 3_600_000, revokeWindowMs: 24 * 3_600_000 };

/** Who wants to do something, where. */
export interface MessageActor {
  userId: string;
  role: Role;
  /** Is a member now. */
  present: boolean;
  /** The group was dismissed: it is there to be read. */
  dismissed?: boolean;
  /** May read here, not say or show anything. */
  readOnly?: boolean;
  /** In a group: what keeps them from saying anything now, as `can('send', …)` says it. */
  speech?: Verdict;
  kind: ConversationKind;
}

/** What of a message decides. `senderRole`: of somebody else's message in a group; undefined: not known here, the server decides. */
export type JudgedMessage = Pick<MessageView, 'senderId' | 'sentAt' | 'content' | 'forwardedFromId'> & {
  senderRole?: Role | undefined;
};

/** Why not, in words that may be shown to people, and the code by which the server refuses it. */
export interface MessageRefusal {
  code: ErrorCode;
  reason: string;
  /** Where a rule of the group forbids it: which, and until when. */
  rule?: { reason: Reason; until?: number };
}

const left: MessageRefusal = { code: 'FORBIDDEN', reason: 'You are no longer a member.' };
const dismissed: MessageRefusal = { code: 'GROUP_DISMISSED', reason: 'This group was dismissed.' };
const onlyReads: MessageRefusal = { code: 'FORBIDDEN', reason: 'Only the operator writes here.' };
const revoked: MessageRefusal = { code: 'MESSAGE_REVOKED', reason: 'This message was deleted.' };
const expired: MessageRefusal = { code: 'MESSAGE_REVOKED', reason: 'This message has disappeared.' };
const notSaid: MessageRefusal = { code: 'FORBIDDEN', reason: 'This can’t be done with what the system says.' };

/** Only who wrote it, only words, and only for a while. Null: it may be edited. `now` is of the server's clock. */
export function refuseEdit(actor: MessageActor, message: JudgedMessage, rules: MessageRules, now: number): MessageRefusal | null {
  const basic = refuseTouch(actor, message);
  if (basic !== null) return basic;
  if (message.senderId !== actor.userId) return { code: 'FORBIDDEN', reason: 'Only who wrote a message can edit it.' };
  if (message.content.type !== 'text') return { code: 'FORBIDDEN', reason: 'Only text can be edited.' };
  // They are the words of somebody else.
  if (message.forwardedFromId !== undefined) return { code: 'FORBIDDEN', reason: 'What was passed on can’t be edited.' };
  if (actor.kind !== 'self' && isOver(message, rules.editWindowMs, now)) return tooLate('edited', rules.editWindowMs);
  return refuseSpeech(actor);
}

/** Who is muted says nothing: no other words, and no reaction. Null: they may. */
export function refuseSpeech({ speech }: MessageActor): MessageRefusal | null {
  if (speech === undefined || speech.allowed) return null;
  const { reason, until } = speech;
  return { code: 'MUTED', reason: `${reasonWords[reason]}.`, rule: { reason, ...(until === undefined ? {} : { until }) } };
}

/**
 * One's own for a while; in a group its owner whatever anybody wrote, its admins what ordinary members wrote (and their own), both at
 * any time. Null: it may be revoked.
 */
export function refuseRevoke(
  actor: MessageActor,
  message: JudgedMessage,
  rules: MessageRules,
  now: number,
): MessageRefusal | null {
  const basic = refuseTouch(actor, message);
  if (basic !== null) return basic;
  const isOwn = message.senderId === actor.userId;
  const keepsOrder = actor.kind === 'group' && actor.role !== 'member';
  if (!isOwn && !keepsOrder) return { code: 'FORBIDDEN', reason: 'You can delete only your own messages for everyone.' };
  if (!isOwn && actor.role === 'admin' && (message.senderRole ?? 'member') !== 'member') {
    return { code: 'FORBIDDEN', reason: 'Admins can’t delete messages of the owner and of other admins.' };
  }
  if (isOwn && !keepsOrder && actor.kind !== 'self' && isOver(message, rules.revokeWindowMs, now)) {
    return tooLate('deleted for everyone', rules.revokeWindowMs);
  }
  return null;
}

/**
 * Everybody who is there and may say something there; what is one's own may be taken back (`on` false) by who may not. Null: it may be
 * reacted to.
 */
export function refuseReaction(actor: MessageActor, message: JudgedMessage, on = true): MessageRefusal | null {
  return refuseTouch(actor, message) ?? (on ? refuseSpeech(actor) : null);
}

/** In a group its owner and admins, elsewhere everybody. Null: it may be pinned, or unpinned. */
export function refusePin(actor: MessageActor, message: JudgedMessage): MessageRefusal | null {
  const basic = refuseTouch(actor, message);
  if (basic !== null) return basic;
  if (actor.kind === 'group' && actor.role === 'member') {
    return { code: 'FORBIDDEN', reason: 'Only the owner and admins can pin messages here.' };
  }
  return null;
}

function refuseTouch(actor: MessageActor, message: JudgedMessage): MessageRefusal | null {
  if (!actor.present) return left;
  if (actor.dismissed === true) return dismissed;
  if (actor.readOnly === true) return onlyReads;
  if (message.content.type === 'revoked') return revoked;
  if (message.content.type === 'expired') return expired;
  if (message.content.type === 'notice') return notSaid;
  return null;
}

function isOver(message: JudgedMessage, windowMs: number | null, now: number): boolean {
  return windowMs !== null && now - message.sentAt > windowMs;
}

function tooLate(done: string, windowMs: number | null): MessageRefusal {
  return { code: 'TOO_LATE', reason: `A message can be ${done} for ${span(windowMs ?? 0)} only.` };
}

function span(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  return `${Math.round(minutes / 60)} hours`;
}
