import type { ChatClient } from '@nexo/client';
import type { ConversationView } from '@nexo/shared';
import { contentDigest } from '../history/digest.ts';
import type { Verb } from '../history/line.ts';
import type { Device } from './device/device.ts';
import { busyGroup, groupActs } from './group-acts.ts';

/** One thing that a person does with a message, with a member or with their own side, through the engine. */
interface Act {
  conversationId: string;
  verb: Verb;
  seq?: number;
  user?: string;
  /** How it is to be then. */
  value?: string;
  run(client: ChatClient): Promise<unknown>;
}

type Choices = readonly [which: number, what: number, how: number];
type Make = (view: ConversationView, choices: Choices, device: Device, others: readonly string[]) => Act | undefined;

const emojis = ['👍', '🎉', '❤️'];
/** Long enough to strike somebody who wants to write, short enough to end in most trials. */
const muteMs = 20_000;
const privateMs = 2_000;

/** Of those who may not as well: what is refused to them is part of the story. */
export const acts = {
  ...groupActs,
  edit: (view, [, what, how], device) => {
    const seq = ownSeq(view, what, device);
    const text = `${device.user} says better ${Math.floor(how * 1_000)} ✓`;
    const value = contentDigest({ type: 'text', text }, undefined);
    return { ...act(view, 'edit'), seq, value, run: (client) => client.messages.edit(view.id, seq, text) };
  },
  revoke: (view, [, what], device) => {
    const seq = ownSeq(view, what, device);
    return { ...act(view, 'revoke'), seq, run: (client) => client.messages.revoke(view.id, seq) };
  },
  react: (view, [, what, how]) => {
    const seq = recentSeq(view, what);
    const value = emojis[Math.floor(how * emojis.length)] ?? '👍';
    return { ...act(view, 'react'), seq, value, run: (client) => client.messages.react(view.id, seq, value, true) };
  },
  unreact: (view, [, what, how]) => {
    const seq = recentSeq(view, what);
    const value = emojis[Math.floor(how * emojis.length)] ?? '👍';
    return { ...act(view, 'unreact'), seq, value, run: (client) => client.messages.react(view.id, seq, value, false) };
  },
  pin: (view, [, what]) => {
    const seq = recentSeq(view, what);
    return { ...act(view, 'pin'), seq, run: (client) => client.messages.pin(view.id, seq, true) };
  },
  unpin: (view, [, what]) => {
    const pins = view.pins ?? [];
    const seq = pins[Math.floor(what * pins.length)]?.seq ?? recentSeq(view, what);
    return { ...act(view, 'unpin'), seq, run: (client) => client.messages.pin(view.id, seq, false) };
  },
  remove: (view, [, what]) => {
    const seq = recentSeq(view, what);
    return { ...act(view, 'remove'), seq, run: (client) => client.messages.remove(view.id, [seq]) };
  },
  clear: (view) => ({ ...act(view, 'clear'), seq: view.head.seq, run: (client) => client.conversations.clear(view.id) }),
  kick: (view, [, what], _device, others) => {
    const user = others[Math.floor(what * others.length)];
    if (user === undefined || view.kind !== 'group' || view.title === busyGroup) return undefined;
    const input = { conversationId: view.id, userIds: [user] };
    return { ...act(view, 'kick'), user, run: (client) => client.trpc.groups.kick.mutate(input) };
  },
  mute: (view, [, what], _device, others) => {
    const user = others[Math.floor(what * others.length)];
    if (user === undefined || view.kind !== 'group') return undefined;
    const input = { conversationId: view.id, userId: user, forMs: muteMs };
    return {
      ...{ ...act(view, 'mute'), user, value: String(muteMs) },
      run: (client) => client.trpc.groups.muteMember.mutate(input),
    };
  },
  unmute: (view, [, what], _device, others) => {
    const user = others[Math.floor(what * others.length)];
    if (user === undefined || view.kind !== 'group') return undefined;
    const input = { conversationId: view.id, userId: user, forMs: null };
    return { ...act(view, 'unmute'), user, run: (client) => client.trpc.groups.muteMember.mutate(input) };
  },
  promote: (view, [, what, how], _device, others) => {
    const userId = others[Math.floor(what * others.length)];
    if (userId === undefined || view.kind !== 'group') return undefined;
    // Mostly to admin, at times back.
    const role = how < 0.7 ? ('admin' as const) : ('member' as const);
    const input = { conversationId: view.id, userId, role };
    return {
      ...{ ...act(view, 'promote'), user: userId, value: role },
      run: (client) => client.trpc.groups.setRole.mutate(input),
    };
  },
  private: (view, [, , how]) => {
    if (view.kind !== 'direct') return undefined;
    // Mostly it begins, at times it ends.
    const afterReadMs = how < 0.7 ? privateMs : null;
    const run = (client: ChatClient) => client.messages.setDisappearing(view.id, { afterReadMs });
    return { ...act(view, 'private'), value: String(afterReadMs), run };
  },
  pinChat: (view) => ({ ...act(view, 'pinChat'), run: (client) => client.conversations.pin(view.id) }),
  unpinChat: (view) => ({ ...act(view, 'unpinChat'), run: (client) => client.conversations.unpin(view.id) }),
  muteChat: (view, [, , how]) => {
    const mode = how < 0.5 ? ('nothing' as const) : ('mentions' as const);
    const run = (client: ChatClient) => client.conversations.mute(view.id, { mode, untilAt: null });
    return { ...act(view, 'muteChat'), value: mode, run };
  },
  unmuteChat: (view) => ({ ...act(view, 'unmuteChat'), run: (client) => client.conversations.mute(view.id, null) }),
  hideChat: (view) => ({ ...act(view, 'hideChat'), run: (client) => client.conversations.hide(view.id) }),
  draft: (view, [, , how], device) => {
    // At times it is taken away.
    const text = how < 0.2 ? '' : `${device.user} would say ${Math.floor(how * 1_000)}`;
    const run = async (client: ChatClient) => {
      client.drafts.set(view.id, { text });
      client.drafts.saveNow(view.id);
    };
    return { ...act(view, 'draft'), value: text, run };
  },
  markUnread: (view) => ({ ...act(view, 'markUnread'), run: (client) => client.conversations.markUnread(view.id) }),
} as const satisfies Partial<Record<Verb, Make>>;

export type ActKind = keyof typeof acts;

/** Of these one has more to say where one is more than a member. */
export const ofAdmins: ReadonlySet<ActKind> = new Set([
  'kick',
  'mute',
  'unmute',
  'promote',
  'muteAll',
  'unmuteAll',
  'autoDelete',
  'transfer',
]);

export function isAct(kind: string): kind is ActKind {
  return kind in acts;
}

function act(view: ConversationView, verb: Verb) {
  return { conversationId: view.id, verb };
}

/** Mostly one's own, at times what somebody else said. */
function ownSeq(view: ConversationView, choice: number, device: Device): number {
  const own = device.ownSeqs(view.id).slice(-8);
  return own[Math.floor(choice * (own.length + 1))] ?? recentSeq(view, choice);
}

/** A seq that this person may read, near the end more often than not. */
export function recentSeq({ head, me }: Pick<ConversationView, 'head' | 'me'>, choice: number): number {
  const from = me.visible.at(-1)?.from ?? 1;
  return Math.max(from, head.seq - Math.floor(choice * choice * 20));
}
