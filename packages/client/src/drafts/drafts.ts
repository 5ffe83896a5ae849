import { type DraftView, limits, type MyMembership, type ReplyView, type UpdateConversationResult } from '@nexo/shared';
import { Cell, CellMap, Derived } from '../store/cells.ts';
import { backoffMs } from '../transport/backoff.ts';
import { failureOf } from '../transport/failure.ts';
import type { DraftMemory, Runtime, UnsavedDraft } from '../types/options.ts';
import type { Draft, Readable } from '../types/store.ts';

/** Saved on the server when nothing was typed for so long, and at least so often while one types on. */
const pauseMs = 1_500;
const typingOnMaxMs = 10_000;
/** That there is no draft any more is said sooner: the message is sent, and no other device is to go on with it. */
const emptiedMs = 200;
/** Who has typed within this time is still at it, though it is saved already. */
const stillTypingMs = 5_000;

export interface DraftsOptions {
  runtime: Runtime;
  memory: DraftMemory;
  isLive(): boolean;
  /** Asks the server to keep a draft that was written over a version of it. */
  save(conversationId: string, draft: DraftView | null, over: number): Promise<UpdateConversationResult>;
  /** The own side of a conversation as the server has it, when it is known. */
  membership(conversationId: string): MyMembership | undefined;
  /** The own side as an answer told it, to be put into the state. */
  learned(conversationId: string, me: MyMembership): void;
  /** The quoted message as it can be seen here; the second one asks the server, undefined when there is none. */
  quote(conversationId: string, seq: number): ReplyView;
  loadQuote(conversationId: string, seq: number): Promise<ReplyView | undefined>;
}

/**
 * What stands in the composers of one person, the same on all their devices. What is typed here is kept here at once, goes to the
 * server soon, and never gives way to what comes from there: of two that were written without knowing of each other, both are shown.
 *
 *   none ──typed──► unsaved ──pause, blur, back online──► saving ──taken──► saved ──typed──► unsaved
 *                      │                                    └──another came first──► held
 *                      └──────another came while one types here────────────────────► held
 *   saved ──another came──► saved (that one)         held ──typed on──► unsaved, over the other one
 *                                                         └──other chosen──► saved, this one offered
 */
export interface Drafts {
  draft(conversationId: string): Readable<Draft>;
  /** Drafts with words in them that are only here. */
  readonly unsaved: Readable<number>;
  set(conversationId: string, draft: Pick<Draft, 'text' | 'replyTo'>): void;
  /** Puts the other draft in the place of this one, and this one in its. */
  takeOther(conversationId: string): void;
  /** Keeps this one; the other is not offered any more. */
  dismissOther(conversationId: string): void;
  /** Saves now what is not saved. */
  saveNow(conversationId: string): void;
  /** Takes up what this person has left here; null: nobody's. */
  use(userId: string | null): void;
  /** The server's side of a conversation may have another draft. */
  heard(conversationId: string, me: MyMembership): void;
  /** The server begins anew from a backup: what is here is on it no more, or as it was. */
  startOver(): void;
  /** The connection is there: saves what could not be saved. */
  retry(): void;
  /** Removes everything of this person from here. */
  forget(): void;
  stop(): void;
}

interface Local {
  text: string;
  replyTo: ReplyView | undefined;
  /** The version on the server that this was written over, or that it is. */
  over: number;
  isSaved: boolean;
  /** By the device's clock; null: not typed here. */
  typedAt: number | null;
  /** Since when it is not saved. */
  unsavedSince: number;
  other: { draft: Pick<Draft, 'text' | 'replyTo'>; version: number } | null;
  /** Nothing is saved before the person has chosen or typed on. */
  isHeld: boolean;
}

const empty: Draft = { text: '' };

export function makeDrafts(options: DraftsOptions): Drafts {
  const { runtime, memory } = options;
  const locals = new Map<string, Local>();
  const cells = new CellMap((id) => new Cell<Draft>(shown(locals.get(id))));
  const unsaved = new Derived(() => [...locals.values()].filter((local) => !local.isSaved && local.text.trim() !== '').length);
  const timers = new Map<string, unknown>();
  const saving = new Set<string>();
  /** What the server was last asked to keep: when that comes back from it, it is no other one. */
  const lastSaid = new Map<string, DraftView | null>();
  let userId: string | null = null;
  let failures = 0;

  function put(conversationId: string, local: Local): void {
    const isNothing = isEmpty(local) && local.isSaved && local.other === null;
    if (isNothing) locals.delete(conversationId);
    else locals.set(conversationId, local);
    if (userId !== null) memory.save(userId, conversationId, local.isSaved && local.other === null ? null : stored(local));
    const next = shown(isNothing ? undefined : local);
    const cell = cells.of(conversationId);
    if (!isSameShown(cell.get(), next)) cell.set(next);
    unsaved.invalidate();
  }

  function set(conversationId: string, { text, replyTo }: Pick<Draft, 'text' | 'replyTo'>): void {
    const known = locals.get(conversationId);
    const now = runtime.now();
    // Who types on with another one before their eyes writes over that.
    const over = known?.other?.version ?? known?.over ?? options.membership(conversationId)?.draftVersion ?? 0;
    const unsavedSince = known === undefined || known.isSaved ? now : known.unsavedSince;
    const local: Local = {
      text,
      replyTo,
      over,
      isSaved: false,
      typedAt: now,
      unsavedSince,
      other: known?.other ?? null,
      isHeld: false,
    };
    put(conversationId, local);
    const dueMs = isEmpty(local) ? emptiedMs : Math.min(pauseMs, Math.max(0, unsavedSince + typingOnMaxMs - now));
    saveSoon(conversationId, dueMs);
  }

  function saveSoon(conversationId: string, waitMs: number): void {
    runtime.clearTimeout(timers.get(conversationId));
    timers.set(
      conversationId,
      runtime.setTimeout(() => save(conversationId), waitMs),
    );
  }

  function save(conversationId: string): void {
    runtime.clearTimeout(timers.get(conversationId));
    timers.delete(conversationId);
    const local = locals.get(conversationId);
    if (local === undefined || local.isSaved || local.isHeld || !options.isLive() || saving.has(conversationId)) return;
    const draft = said(local);
    if (draft !== null && bytesOf(draft) > limits.draftMaxBytes) return;
    const asker = userId;
    saving.add(conversationId);
    lastSaid.set(conversationId, draft);
    options.save(conversationId, draft, local.over).then(
      ({ me, draftTaken }) => {
        if (userId !== asker) return;
        saving.delete(conversationId);
        failures = 0;
        if (draftTaken) taken(conversationId, draft, me.draftVersion ?? 0);
        lastSaid.delete(conversationId);
        options.learned(conversationId, me);
        meet(conversationId, options.membership(conversationId) ?? me);
      },
      (error: unknown) => {
        if (userId !== asker) return;
        saving.delete(conversationId);
        const failure = failureOf(error);
        if (failure.kind === 'refused') lastSaid.delete(conversationId);
        // What was heard while the answer was awaited.
        const known = options.membership(conversationId);
        if (known !== undefined) meet(conversationId, known);
        // What the server does not want for good stays here; typing on asks again.
        if (failure.kind === 'refused' && !failure.retryable) return;
        const atLeastMs = failure.kind === 'refused' ? (failure.retryAfterMs ?? 0) : 0;
        if (options.isLive()) saveSoon(conversationId, atLeastMs + backoffMs(failures++, runtime.random));
      },
    );
  }

  /** The server keeps this one; what was typed since is saved next. */
  function taken(conversationId: string, draft: DraftView | null, version: number): void {
    const local = locals.get(conversationId);
    if (local === undefined) return;
    const isSaved = isSame(draft, said(local));
    put(conversationId, { ...local, over: Math.max(local.over, version), isSaved });
    if (!isSaved) saveSoon(conversationId, pauseMs);
  }

  /** The one place where what is here and what is on the server meet. */
  function meet(conversationId: string, me: MyMembership): void {
    const draft = me.draft ?? null;
    const version = me.draftVersion ?? 0;
    const local = locals.get(conversationId);
    if (local === undefined) {
      if (draft !== null) take(conversationId, draft, version);
      return;
    }
    if (version <= local.over) return;
    if (isSame(draft, said(local))) {
      // One that was written over stays on offer: it is nowhere else any more.
      const other = local.other !== null && isSame(draft, said(local.other.draft)) ? null : local.other;
      put(conversationId, { ...local, over: version, isSaved: true, other, isHeld: false });
      return;
    }
    const isOurs = lastSaid.has(conversationId) && isSame(draft, lastSaid.get(conversationId) ?? null);
    const isTyping = !local.isSaved || (local.typedAt !== null && runtime.now() - local.typedAt < stillTypingMs);
    if (isOurs || (isTyping && draft === null)) {
      put(conversationId, { ...local, over: version, isSaved: false });
      saveSoon(conversationId, pauseMs);
    } else if (!isTyping || isEmpty(local)) {
      take(conversationId, draft, version);
    } else {
      const other = { draft: { text: draft?.text ?? '', ...quoted(conversationId, draft?.replyTo) }, version };
      put(conversationId, { ...local, isSaved: false, other, isHeld: true });
    }
  }

  function take(conversationId: string, draft: DraftView | null, version: number): void {
    const replyTo = quoted(conversationId, draft?.replyTo).replyTo;
    const text = draft?.text ?? '';
    const unsavedSince = runtime.now();
    lastSaid.delete(conversationId);
    put(conversationId, { text, replyTo, over: version, isSaved: true, typedAt: null, unsavedSince, other: null, isHeld: false });
    if (replyTo?.senderId === '') completeQuote(conversationId, replyTo.seq);
  }

  function quoted(conversationId: string, seq: number | undefined): { replyTo?: ReplyView } {
    return seq === undefined ? {} : { replyTo: options.quote(conversationId, seq) };
  }

  /** Only the number of the quoted message is kept; of one that is not loaded here the words are asked for. */
  function completeQuote(conversationId: string, seq: number): void {
    options.loadQuote(conversationId, seq).then(
      (replyTo) => {
        const local = locals.get(conversationId);
        if (replyTo !== undefined && local?.replyTo?.seq === seq) put(conversationId, { ...local, replyTo });
      },
      () => {},
    );
  }

  function use(next: string | null): void {
    if (next === userId && next !== null) return;
    stopTimers();
    userId = null;
    for (const id of [...locals.keys()]) put(id, { ...noLocal, isSaved: true });
    saving.clear();
    lastSaid.clear();
    userId = next;
    if (next === null) return;
    const now = runtime.now();
    for (const [id, { text, replyTo, over, other }] of memory.load(next)) {
      const offered = other === undefined ? null : { draft: other, version: over };
      put(id, { ...noLocal, text, replyTo, over, other: offered, unsavedSince: now });
    }
  }

  function stopTimers(): void {
    for (const timer of timers.values()) runtime.clearTimeout(timer);
    timers.clear();
  }

  return {
    draft: (conversationId) => cells.of(conversationId),
    unsaved,
    set,
    takeOther(conversationId) {
      const local = locals.get(conversationId);
      if (local?.other == null) return;
      const { draft, version } = local.other;
      const mine = { text: local.text, ...(local.replyTo === undefined ? {} : { replyTo: local.replyTo }) };
      const taken: Local = { ...local, text: draft.text, replyTo: draft.replyTo, over: version, isHeld: false };
      const kept = options.membership(conversationId);
      const isSaved = (kept?.draftVersion ?? 0) === version && isSame(kept?.draft ?? null, said(taken));
      put(conversationId, { ...taken, isSaved, other: isEmpty(local) ? null : { draft: mine, version } });
      if (draft.replyTo?.senderId === '') completeQuote(conversationId, draft.replyTo.seq);
      if (!isSaved) saveSoon(conversationId, 0);
    },
    dismissOther(conversationId) {
      const local = locals.get(conversationId);
      if (local?.other == null) return;
      put(conversationId, { ...local, over: local.other.version, other: null, isHeld: false });
      if (!local.isSaved) saveSoon(conversationId, 0);
    },
    saveNow: save,
    use,
    heard(conversationId, me) {
      // The answer to what is being saved tells more: whether it was taken.
      if (!saving.has(conversationId)) meet(conversationId, me);
    },
    startOver() {
      lastSaid.clear();
      for (const [id, local] of locals) put(id, { ...local, over: 0, isSaved: isEmpty(local), other: null, isHeld: false });
    },
    retry() {
      failures = 0;
      for (const [id, local] of locals) if (!local.isSaved && !local.isHeld) saveSoon(id, 0);
    },
    forget() {
      const gone = userId;
      use(null);
      if (gone !== null) memory.forget(gone);
    },
    stop: stopTimers,
  };
}

const noLocal: Local = {
  ...{ text: '', replyTo: undefined, over: 0, isSaved: false, typedAt: null, unsavedSince: 0, other: null, isHeld: false },
};

function shown(local: Local | undefined): Draft {
  if (local === undefined) return empty;
  return {
    text: local.text,
    ...(local.replyTo === undefined ? {} : { replyTo: local.replyTo }),
    ...(local.other === null ? {} : { other: local.other.draft }),
  };
}

function isSameShown(a: Draft, b: Draft): boolean {
  return a.text === b.text && a.replyTo === b.replyTo && a.other === b.other;
}

function stored({ text, replyTo, over, other }: Local): UnsavedDraft {
  return {
    ...{ text, over },
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(other === null ? {} : { other: other.draft }),
  };
}

/** As the server would keep it; null: nothing. */
function said(local: Pick<Draft, 'text'> & { replyTo?: ReplyView | undefined }): DraftView | null {
  if (isEmpty(local)) return null;
  return { text: local.text, ...(local.replyTo === undefined ? {} : { replyTo: local.replyTo.seq }) };
}

function isEmpty({ text, replyTo }: Pick<Draft, 'text'> & { replyTo?: ReplyView | undefined }): boolean {
  return text === '' && replyTo === undefined;
}

function isSame(a: DraftView | null, b: DraftView | null): boolean {
  return a?.text === b?.text && a?.replyTo === b?.replyTo;
}

function bytesOf(draft: DraftView): number {
  return new TextEncoder().encode(JSON.stringify(draft)).length;
}
