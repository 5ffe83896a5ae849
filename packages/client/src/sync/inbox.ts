import { type ConversationEvent, limits, type MeEvent, type MessageView, type StreamItem } from '@nexo/shared';
import { applyEvent, applyOvertaken, isKnown, isNumbered } from '../reducer/apply-event.ts';
import { placeOf } from '../reducer/order.ts';
import type { ClientState } from '../reducer/state.ts';
import { tolerantly } from '../reducer/tolerance.ts';
import type { StateHolder } from '../store/state-holder.ts';
import type { Runtime } from '../types/options.ts';

/** Events held of one conversation, or of the person; beyond it they are forgotten and a repair fetches them. */
const heldMax = 500;
/** Conversations that are repaired one by one; more at once are what a resume is for. */
const repairsMax = 5;
/** Times that the server is asked for what is missing, each twice as late as the one before; then what is held is forgotten. */
const asksMax = 6;
/** The key of the person's own events among the held ones. */
const ownKey = '';

export interface InboxOptions {
  holder: StateHolder;
  runtime: Runtime;
  /** Something is missing in this conversation: ask for its changes. */
  repair(conversationId: string): void;
  /** Something is missing that only a resume can tell. */
  resume(): void;
  /** Each message as it is applied, in order within its conversation. */
  applied(message: MessageView): void;
  /** A message that was there before is another now. */
  changed(message: MessageView): void;
  /** A message that is not at hand is another now: what may be stored of it is wrong. */
  outdated(conversationId: string, seq: number): void;
  /** Each item once, in the order of the stream. */
  heard(item: StreamItem): void;
}

/** Whether an event is about a message that was there before, as it is now. */
function changesMessage(event: Numbered): event is Extract<ConversationEvent, { message: MessageView }> {
  return (
    event.type === 'message.sent' ||
    event.type === 'message.edited' ||
    event.type === 'message.revoked' ||
    event.type === 'message.expired'
  );
}

/** A message as it is at hand: loaded, or the last one. */
function rowOf(state: ClientState, conversationId: string, seq: number): MessageView | undefined {
  const conversation = state.conversations.get(conversationId);
  const row = conversation?.window?.rows.find((loaded) => loaded.seq === seq);
  const last = conversation?.view.lastMessage;
  return row ?? (last?.seq === seq ? last : undefined);
}

/** Where the stream goes in: applies what is next, drops what is old, holds what is early. */
export interface Inbox {
  receive(items: readonly unknown[]): void;
  /** The state was moved by a repair: what was held may fit now. */
  drain(): void;
  /** Forgets what is held: it belongs to a state that is no more. */
  clear(): void;
  /** Whether events wait for a conversation that is not known. */
  hasForeign(): boolean;
}

type Numbered = ConversationEvent | MeEvent;

export function makeInbox(options: InboxOptions): Inbox {
  const { holder, runtime } = options;
  const held = new Map<string, Map<number, Numbered>>();
  const timers = new Map<string, unknown>();
  const asked = new Map<string, number>();

  function receive(received: readonly unknown[]): void {
    const items = received.filter(isItem);
    let state = holder.get();
    const told: MessageView[] = [];
    for (const item of items) {
      state = isNumbered(item) ? take(state, item, told) : tolerantly(state, (now) => applyEvent(now, item));
    }
    state = drained(state, told);
    finish(state, told);
    for (const item of items) {
      if (item.type === 'resync') options.resume();
      else if (item.type === 'positions') checkPositions(item);
      options.heard(item);
    }
  }

  function drain(): void {
    const told: MessageView[] = [];
    finish(drained(holder.get(), told), told);
  }

  function finish(state: ClientState, told: readonly MessageView[]): void {
    holder.commit(state);
    for (const message of told) options.applied(message);
  }

  function take(state: ClientState, event: Numbered, told: MessageView[]): ClientState {
    const place = placeOf(state, event);
    if (place === 'old') return overtaken(state, event);
    if (place !== 'next') {
      hold(event);
      return state;
    }
    const next = isKnown(event) ? tolerantly(state, (now) => applyEvent(now, event)) : state;
    if (next === state) {
      // A newer server's kind, or damaged: its number must not be skipped, and the state diff tells what of it we can show.
      if ('userChange' in event) options.resume();
      else options.repair(event.conversationId);
    } else if (event.type === 'message.sent' && event.message.seq > (headSeqOf(state, event.conversationId) ?? 0)) {
      told.push(event.message);
    } else if (changesMessage(event)) {
      options.changed(event.message);
    } else if (event.type === 'message.expiring' || event.type === 'message.reacted') {
      const row = rowOf(next, event.conversationId, event.seq);
      if (row === undefined) options.outdated(event.conversationId, event.seq);
      else options.changed(row);
    } else if (event.type === 'me.joined') {
      // What was said before the view was read has no event of its own, also for who was here before and comes back.
      const { id, lastMessage } = event.conversation;
      const knownSeq = state.conversations.get(id)?.view.head.seq ?? 0;
      if (lastMessage !== undefined && lastMessage.seq > knownSeq) told.push(lastMessage);
    }
    return next;
  }

  /**
   * The repair that has overtaken it leaves out what the person has removed, of which this device may hear only later: until then it
   * must not show words that it knows to be taken back.
   */
  function overtaken(state: ClientState, event: Numbered): ClientState {
    const next = tolerantly(state, (now) => applyOvertaken(now, event));
    if (next !== state && changesMessage(event)) options.changed(event.message);
    return next;
  }

  function checkPositions(note: Extract<StreamItem, { type: 'positions' }>): void {
    const state = holder.get();
    if (note.userChange !== undefined && note.userChange > state.userChange) {
      options.resume();
      return;
    }
    const behind = (note.conversations ?? []).filter(({ id, change }) => {
      const known = state.conversations.get(id);
      return known === undefined || known.view.head.change < change;
    });
    const isUnknown = behind.some(({ id }) => !state.conversations.has(id));
    if (isUnknown || behind.length > repairsMax) options.resume();
    else for (const { id } of behind) options.repair(id);
  }

  function hold(event: Numbered): void {
    const key = 'userChange' in event ? ownKey : event.conversationId;
    const number = 'userChange' in event ? event.userChange : event.change;
    let events = held.get(key);
    if (events === undefined) {
      events = new Map();
      held.set(key, events);
    }
    if (events.size < heldMax) events.set(number, event);
  }

  function askLater(key: string): void {
    if (timers.has(key)) return;
    timers.set(
      key,
      runtime.setTimeout(
        () => {
          timers.delete(key);
          askForMissing(key);
        },
        limits.gapHoldMs * 2 ** (asked.get(key) ?? 0),
      ),
    );
  }

  function askForMissing(key: string): void {
    if (!held.has(key)) return;
    const asks = asked.get(key) ?? 0;
    // What the server does not know either will never fit; were something lost all the same, a note of positions tells.
    if (asks >= asksMax) {
      release(key);
      return;
    }
    asked.set(key, asks + 1);
    if (key === ownKey || !holder.get().conversations.has(key)) options.resume();
    else options.repair(key);
  }

  /** Applies what is held and fits, and forgets what is old. */
  function drained(before: ClientState, told: MessageView[]): ClientState {
    let state = before;
    // The person's own first: they make conversations known.
    const keys = [...held.keys()].sort((a, b) => Number(b === ownKey) - Number(a === ownKey));
    for (const key of keys) {
      const events = [...(held.get(key)?.entries() ?? [])].sort(([a], [b]) => a - b);
      const waiting = new Map<number, Numbered>();
      for (const [number, event] of events) {
        const place = placeOf(state, event);
        if (place === 'next') {
          state = take(state, event, told);
          asked.delete(key);
        } else if (place === 'old') state = overtaken(state, event);
        else waiting.set(number, event);
      }
      if (waiting.size === 0) release(key);
      else {
        held.set(key, waiting);
        askLater(key);
      }
    }
    return state;
  }

  function release(key: string): void {
    held.delete(key);
    asked.delete(key);
    runtime.clearTimeout(timers.get(key));
    timers.delete(key);
  }

  return {
    receive,
    drain,
    clear() {
      for (const key of [...held.keys()]) release(key);
    },
    hasForeign: () => [...held.keys()].some((key) => key !== ownKey && !holder.get().conversations.has(key)),
  };
}

function headSeqOf(state: ClientState, conversationId: string): number | undefined {
  return state.conversations.get(conversationId)?.view.head.seq;
}

/** Whether it is an item of the stream at all; of which type, and what of that we know, is seen later. */
function isItem(received: unknown): received is StreamItem {
  return typeof received === 'object' && received !== null && 'type' in received && typeof received.type === 'string';
}
