/**
 * The history of a trial: what every device did, was told and showed, and what the nemesis did to the system; one JSON object a
 * line, written once and never changed. `t` is in microseconds of the machine's monotonic clock, which all processes share, so
 * that "before" means before. Field names are short because a long run has millions of lines.
 */
export type Line = ConversationLine | DeviceLine | NemesisLine;

/** A line of one conversation: the checker reads them conversation by conversation. */
export type ConversationLine =
  | SendLine
  | MarkReadLine
  | MembershipLine
  | ReceivedLine
  | RepairLine
  | AppliedLine
  | PositionLine
  | PageLine
  | TypingLine
  | ActLine
  | ToldLine
  | ShownLine
  | ReceiptsLine
  | EndLine;

interface InConversation {
  t: number;
  /** The life of a device: `user/device#life`. A reload ends one life and begins the next; see {@link lifeOf}. */
  by: string;
  /** The conversation. */
  in: string;
}

/** What is done with a message, with a member, and with one's own side of a conversation. */
export type Verb =
  | ('edit' | 'revoke' | 'react' | 'unreact' | 'pin' | 'unpin' | 'remove' | 'clear')
  | ('kick' | 'mute' | 'unmute' | 'promote' | 'private' | 'pinChat' | 'unpinChat' | 'muteChat' | 'unmuteChat')
  | ('hideChat' | 'markUnread' | 'draft')
  | ('forward' | 'muteAll' | 'unmuteAll' | 'transfer' | 'dismiss' | 'autoDelete')
  | ('makeLink' | 'join' | 'apply' | 'withdraw' | 'accept' | 'refuse');

/**
 * One of those, as a person wanted it: with which message, with whom, and how it is to be then (of an `edit` the digest of its words, of
 * a `forward` its id, of a `join` the code of the link).
 * `from`: when it was invoked, which names it. No answer at all: the device was switched off meanwhile.
 */
export type ActLine = InConversation & { op: 'act'; verb: Verb; seq?: number; user?: string; value?: string } & (
    | { phase: 'invoke' }
    | { phase: 'ok'; from: number }
    | { phase: 'fail' | 'info'; code: string; from: number }
  );

/** The server's answer to who edited, took back or reacted: how the message is now. `changed`: by this very call. */
type ToldLine = InConversation & { op: 'told'; item: Item; changed: boolean };

/**
 * A row of a message that a device shows, when it comes or its words change. `editedAt` (0: never) tells wordings apart, as the row
 * itself does for people. `gone`: only that it was taken back.
 */
type ShownLine = InConversation & { op: 'shown'; seq: number; editedAt: number; content: string; gone: boolean };

/**
 * One message on its way. `invoke`: a person wanted it sent. `attempt`: a request for it left the device. `ok`, `fail`, `info`:
 * what became of an attempt. `fail` is a refusal, after which nothing was done; `info` means that no answer came, or one that says
 * "unknown": it may have happened or not.
 */
export type SendLine = InConversation & {
  op: 'send';
  id: string;
} /** `words`: of the text alone, where it speaks to somebody or answers something. */ & (
    | { phase: 'invoke'; via: 'outbox' | 'twice'; content: string; words?: string; replyTo?: number }
    /** Passed on: by which `forward` of which message. Whose words it has is for the checker to find. */
    | { phase: 'invoke'; via: 'forward'; forward: string; origin: number }
    | { phase: 'attempt' }
    | { phase: 'ok'; seq: number; change: number; digest: string; deduplicated: boolean; ms: number }
    | { phase: 'fail'; code: string; retryable: boolean; ms: number }
    | { phase: 'info'; code: string; ms: number }
    /** The device has shown it as on its way for so long, without saying that it waits. */
    | { phase: 'silent'; ms: number }
  );

type MarkReadLine = InConversation & { op: 'markRead' } & (
    | { phase: 'attempt'; seq: number }
    | { phase: 'ok'; readSeq: number; unread: number; ms: number }
    | { phase: 'fail' | 'info'; code: string; ms: number }
  );

/** What changes who is in a conversation. `users`: whom it is about (of an `ok`: who really came). `from`: when it was invoked. */
type MembershipLine = InConversation & {
  op: 'create' | 'invite' | 'leave' | 'openDirect';
  users: readonly string[];
} & ({ phase: 'invoke' } | { phase: 'ok'; from: number } | { phase: 'fail' | 'info'; code: string; from: number });

/** An event of the stream as it came over the wire, before the engine has seen it. */
export type ReceivedLine = InConversation & {
  op: 'received';
  type: string;
  /** Absent on what has no number: read positions of others, typing. */
  change?: number;
  /** Of a message. */
  item?: Item;
  /** Whom it is about. */
  user?: string;
  /** Which role they have then. */
  role?: string;
  /** Of which message it tells something without the message itself. */
  seq?: number;
  /** In how many milliseconds that message disappears. */
  dueInMs?: number;
};

/** What the server answered. All but `page` move the cursor without an event: the declared jump. */
type RepairLine = InConversation & {
  op: 'repair';
  kind: 'changes' | 'reset' | 'view' | 'gone' | 'page';
  head: readonly [seq: number, change: number];
  items: readonly Item[];
};

/** The engine announced a message as new. */
type AppliedLine = InConversation & { op: 'applied'; item: Item };

/** What the device shows of a conversation has changed. */
type PositionLine = InConversation & {
  op: 'position';
  seq: number;
  change: number;
  readSeq: number;
  unread: number;
  left?: true;
};

/** A page that was read past the engine, at any node. `from`: when it was asked for. */
type PageLine = InConversation & {
  op: 'page';
  from: number;
  node: number;
  head: readonly [seq: number, change: number];
  hasBefore: boolean;
  items: readonly Item[];
};

/** Who has read a message, as its sender was told. `from`: when it was asked for. */
export type ReceiptsLine = InConversation & {
  op: 'receipts';
  from: number;
  seq: number;
  readCount: number;
  outOf: number;
  readBy: readonly string[];
  notYetReadBy: readonly string[];
};

/** `shown`: who is typing, as the device shows it. `pressed`: this device's person pressed a key. */
type TypingLine = InConversation & { op: 'typing' } & ({ event: 'pressed' } | { event: 'shown'; users: readonly string[] });

/** What a device has when all is over: one that lived through it (`live`) or one with an empty store (`cold`). */
type EndLine = InConversation & {
  op: 'end';
  view: 'live' | 'cold';
  head: readonly [seq: number, change: number];
  readSeq: number;
  unread: number;
  role: string;
  left: boolean;
  /** The group was dismissed. */
  dismissed?: true;
  title: string;
  memberCount?: number;
  /** Everything that can be read, page by page, ascending. */
  items: readonly Item[];
  /** Seqs of the pinned messages. */
  pins: readonly number[];
  /** Unread messages that mention the person. */
  mentions: number;
  /** What the person has settled about it for themselves, by {@link OwnSide}. */
  own: OwnSide;
  /** Members with their roles, where they may be asked for. */
  members?: readonly (readonly [userId: string, role: string])[];
};

/** The own side of a conversation, as much of it as must be the same on all devices of a person; empty strings and 0 for what is not set. */
export interface OwnSide {
  pinPlace: number;
  muted: string;
  hiddenSeq: number;
  /** From which message on it is marked unread. */
  unreadFrom: number;
  draft: string;
  /** Until when the person may not write, in milliseconds. */
  mutedUntil: number;
}

/**
 * One message as somebody saw it: its place, the change that last touched it, its clientMessageId, a digest of its wording, the change
 * that gave it that wording (0: it was sent so), a digest of its reactions, and of what it quotes the wording's change and a digest.
 */
export type Item = readonly [
  seq: number,
  change: number,
  id: string,
  digest: string,
  contentChange?: number,
  reactions?: string,
  quoteChange?: number,
  quote?: string,
];

/** About a device as a whole. */
export type DeviceLine = { t: number; by: string } & (
  | { op: 'life'; event: 'begins'; storage: 'kept' | 'empty'; node: number }
  | { op: 'life'; event: 'ends'; why: 'reload' | 'abandoned' | 'offline' | 'over' }
  | { op: 'life'; event: 'state'; state: string; why?: string }
  | { op: 'life'; event: 'epoch'; epoch: string }
  | { op: 'profile'; phase: 'invoke'; displayName: string }
  | { op: 'profile'; phase: 'ok' | 'fail' | 'info'; displayName: string; from: number }
  /** What somebody does about another person. `from`: when it was invoked. */
  | ({ op: 'relation'; verb: RelationVerb; user: string } & (
      | { phase: 'invoke' }
      | { phase: 'ok'; from: number }
      | { phase: 'fail' | 'info'; code: string; from: number }
    ))
  /** What it has of the person when all is over. `pending`: sends that were never answered. */
  | {
      op: 'endDevice';
      view: 'live' | 'cold';
      displayName: string;
      pending: number;
      failed: number;
      conversations: number;
      totalUnread: number;
      relations: Relations;
    }
);

export type RelationVerb = 'block' | 'unblock' | 'askContact' | 'acceptContact' | 'refuseContact' | 'endContact';

/** Whom a person knows, has blocked and waits for, by user id ascending. A request is `from>to`. */
export interface Relations {
  contacts: readonly string[];
  blocks: readonly string[];
  requests: readonly string[];
}

/** What was done to the system, and how far the trial is. */
export type NemesisLine = { t: number; by: 'nemesis' } & (
  | { op: 'fault'; fault: string; event: 'strikes' | 'struck' | 'heals' | 'healed'; detail: string }
  /** A backup was restored: what was done from `lostFrom` on is lost, and the epoch is this one. */
  | { op: 'restored'; lostFrom: number; epoch: string }
  /** The process of the devices could not do anything for so long, up to now: too few cores for all that runs. */
  | { op: 'stalled'; ms: number }
  | { op: 'phase'; phase: 'begins' | 'faultsOver' | 'sendsOver' | 'converged' | 'notConverged' | 'over' }
);

/** Microseconds of the machine's monotonic clock. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

export function lifeOf(user: string, device: number, life: number): string {
  return `${user}/${device}#${life}`;
}

export function userOf(by: string): string {
  return by.slice(0, by.indexOf('/'));
}

export function deviceOf(by: string): string {
  const end = by.indexOf('#');
  return end < 0 ? by : by.slice(0, end);
}
