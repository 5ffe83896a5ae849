import type { GroupAction, GroupRules, NoticeContent } from '@nexo/shared';
import type { ToldEvent } from '../bus.ts';
import type { UserContext } from '../context.ts';
import { type ToTell, tellMembers } from '../conversations/tell-members.ts';
import { type LockedHead, type Tx, transact } from '../transact.ts';
import { accessGroup, type GroupAccess } from './access-group.ts';
import { insertNotice } from './insert-notice.ts';

/** A group whose head is locked, with the right to change it. What is said of the change is gathered, and told at its end. */
export interface GroupChange extends GroupAccess {
  ctx: UserContext;
  tx: Tx;
  head: LockedHead;
  /** An event whose change has been taken from the head already. Where members are not for all to see, not said whom it is about. */
  tell(event: ToldEvent): void;
  /** A notice in the timeline. Left out where it would name members that are not for all to see. */
  say(content: Omit<NoticeContent, 'type' | 'actorId'> & { actorId?: string }): Promise<void>;
  /** Whose private side of it is to be counted and told. */
  privately(toTell: ToTell): void;
}

/** Whether what is said to all in a group may name nobody but who said it. */
export function hidesNames({ membersVisibleTo }: Pick<GroupRules, 'membersVisibleTo'>): boolean {
  return membersVisibleTo === 'admins';
}

/** Runs a verb that changes a group: locks, checks the right, lets `work` write, moves the head, tells. */
export function changeGroup<T>(
  ctx: UserContext,
  conversationId: string,
  action: GroupAction,
  work: (change: GroupChange) => Promise<T>,
): Promise<T> {
  return transact(ctx, async (tx) => {
    const head = await tx.lockHead(conversationId, ctx.session.userId);
    const access = await accessGroup(tx.sql, ctx.session.userId, conversationId, action, ctx.clock.now());
    return withChange(ctx, tx, head, access, work);
  });
}

/** The same for who has locked the head and knows the right already. Where `work` changes nothing, nothing is told. */
export async function withChange<T>(
  ctx: UserContext,
  tx: Tx,
  head: LockedHead,
  access: GroupAccess,
  work: (change: GroupChange) => Promise<T>,
): Promise<T> {
  const { conversationId } = head;
  const from = head.change + 1;
  const events: ToldEvent[] = [];
  const toTell: ToTell[] = [];
  const isConcealed = hidesNames(access.rules);
  const value = await work({
    ...access,
    ...{ ctx, tx, head },
    tell(event) {
      events.push(isConcealed && event.type.startsWith('member.') ? { ...event, concealed: true } : event);
    },
    async say({ actorId = access.actor.userId, ...content }) {
      if (isConcealed && content.userIds.length > 0) return;
      events.push(await insertNotice(ctx, tx, head, { type: 'notice', actorId, ...content }));
    },
    privately: (more) => toTell.push(more),
  });
  if (events.length > 0) {
    await tx.moveHead(head);
    tx.tell({ kind: 'conversation', conversationId, from, to: head.change, events });
  }
  const all = (who: keyof ToTell) => [...new Set(toTell.flatMap((one) => one[who] ?? []))];
  const joined = all('joined');
  const updated = all('updated').filter((userId) => !joined.includes(userId));
  await tellMembers(tx, conversationId, {
    joined,
    updated,
    applied: all('applied').filter((userId) => !joined.includes(userId)),
  });
  return value;
}
