import type { DoNotDisturb, Muted, UnreadMark } from './own-settings.ts';

// Rules that server and views share; apart from the schemas, so that a browser does not carry the validator.

/** Whether a mute still holds. `now` is epoch milliseconds of the server's clock. */
export function isMuted(muted: Muted | undefined, now: number): muted is Muted {
  return muted !== undefined && (muted.untilAt === null || muted.untilAt > now);
}

/** Whether a person wants to be disturbed by nothing at the moment. */
export function isUndisturbed(doNotDisturb: DoNotDisturb | undefined, now: number): boolean {
  return doNotDisturb !== undefined && (doNotDisturb.untilAt === null || doNotDisturb.untilAt > now);
}

/** What decides whether a message notifies the person who gets it. */
export interface Notifying {
  muted: Muted | undefined;
  doNotDisturb: DoNotDisturb | undefined;
  /** It is their own, or only the system's note in the timeline. */
  isQuiet: boolean;
  isMention: boolean;
}

/** Whether a message may make a sound, a banner or a push. It is delivered and counted in any case. */
export function mayNotify({ muted, doNotDisturb, isQuiet, isMention }: Notifying, now: number): boolean {
  if (isQuiet || isUndisturbed(doNotDisturb, now)) return false;
  if (!isMuted(muted, now)) return true;
  return muted.mode === 'mentions' && isMention;
}

/** Whether a chat shows as unread by its mark alone: the read position is still where it was when it was marked. */
export function isMarkedUnread(me: { readSeq: number; markedUnread?: UnreadMark | undefined }): boolean {
  return me.markedUnread !== undefined && me.markedUnread.readSeq === me.readSeq;
}
