import { type ChatClient, createClient, memoryStorage, type RememberedSession, type StorageMaker } from '@nexo/client';
import type { ConversationView, TextContent } from '@nexo/shared';
import { contentDigest, itemOf } from '../../history/digest.ts';
import { type Item, type Line, lifeOf, nowMicros } from '../../history/line.ts';
import { seeded } from '../../load/random.ts';
import { type Body, makeBody } from './body.ts';
import { ownSideOf, readMembers, readPages, relationsOf } from './read-out.ts';
import { watchShown } from './watch-shown.ts';
import { makeWireTap } from './wire-tap.ts';

export interface DeviceOptions {
  user: string;
  /** Number of the device among those of its user, and of the seed of its chances. */
  index: number;
  seed: number;
  /** Addresses of the roads to the nodes. */
  nodes: readonly string[];
  /** Sessions of this user that nobody uses yet. */
  sessions: string[];
  write(line: Line): void;
}

/** Where one conversation stands on a device. */
export interface Standing {
  seq: number;
  change: number;
  readSeq: number;
  unread: number;
}

/**
 * One device of a person: the real engine over storage that outlives it. A life is one engine; a reload ends a life without a
 * word and begins the next from the same storage. Everything it does and shows goes into the history.
 */
export class Device {
  readonly user: string;
  readonly #options: DeviceOptions;
  readonly #kept: StorageMaker = memoryStorage();
  /** Conversations that this device has heard of. */
  readonly #known = new Set<string>();
  /** What was last written of a conversation in this life. */
  readonly #standings = new Map<string, Standing>();
  /** Sends of this life that are not acknowledged, with the moment of the key press. */
  readonly #waiting = new Map<string, { conversationId: string; since: number }>();
  /** What was sent and acknowledged, by conversation. */
  readonly #ownSeqs = new Map<string, readonly number[]>();
  /** Conversations whose rows are written down in this life. */
  readonly #lookedAt = new Set<string>();
  #session: RememberedSession | null = null;
  #client: ChatClient | null = null;
  #body: Body | null = null;
  #life = 0;
  #clockOffsetMs = 0;
  node = 0;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.user = options.user;
  }

  get name(): string {
    return `${this.user}/${this.#options.index}`;
  }

  get by(): string {
    return lifeOf(this.user, this.#options.index, this.#life);
  }

  /** The engine; null while the device is off. */
  get client(): ChatClient | null {
    return this.#client;
  }

  get isOver(): boolean {
    return this.#client === null && this.#options.sessions.length === 0 && this.#session === null;
  }

  /** Begins a life at a node. */
  start(node: number): void {
    if (this.#client !== null) return;
    this.#session ??= this.#takeSession();
    if (this.#session === null) return;
    const { write, nodes, seed, index } = this.#options;
    this.#life++;
    this.node = node;
    const { by } = this;
    const tap = makeWireTap(by, write, (id) => this.#watch(by, id));
    const body = makeBody(tap, seeded(seed + index * 7919 + this.#life));
    body.setClock(this.#clockOffsetMs);
    const storage = this.#life === 1 ? 'empty' : 'kept';
    write({ t: nowMicros(), by, op: 'life', event: 'begins', storage, node });
    const client = createClient({
      url: nodes[node] ?? '',
      transport: 'token',
      platform: 'server',
      storage: body.storage(this.#kept),
      sessionMemory: {
        load: async () => this.#session,
        save: async (session) => {
          this.#session = session;
        },
      },
      runtime: body.runtime,
    });
    this.#client = client;
    this.#body = body;
    this.#standings.clear();
    this.#waiting.clear();
    this.#lookedAt.clear();
    this.#follow(by, client);
    client.auth.restore().catch(() => {});
  }

  /** The device is off, without a word to anybody. */
  drop(why: 'reload' | 'abandoned' | 'offline' | 'over'): void {
    if (this.#client === null) return;
    this.#body?.cutPower();
    this.#options.write({ t: nowMicros(), by: this.by, op: 'life', event: 'ends', why });
    this.#client = null;
    this.#body = null;
  }

  setOnline(online: boolean): void {
    this.#body?.setOnline(online);
  }

  setClock(offsetMs: number): void {
    this.#clockOffsetMs = offsetMs;
    this.#body?.setClock(offsetMs);
  }

  /** Conversations of the list in which this person may write now, for all that is known here; of one kind, if it is named. */
  writable(kind?: ConversationView['kind']): ConversationView[] {
    return this.#listed().filter((view) => !isOver(view) && (kind === undefined || view.kind === kind));
  }

  /** Those of which the person is no member any more, or which were dismissed. */
  outside(): ConversationView[] {
    return this.#listed().filter(isOver);
  }

  #listed(): ConversationView[] {
    const client = this.#client;
    if (client === null) return [];
    return client.store.conversationIds.get().flatMap((id) => client.store.conversation(id).get() ?? []);
  }

  /** What was sent from here and acknowledged, in the order of the answers. */
  ownSeqs(conversationId: string): readonly number[] {
    return this.#ownSeqs.get(conversationId) ?? [];
  }

  /** Opens a conversation, and writes down from then on what is shown of it. */
  async lookAt(conversationId: string): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    if (!this.#lookedAt.has(conversationId)) {
      this.#lookedAt.add(conversationId);
      watchShown(client.store.timeline(conversationId), (row) => {
        if (client !== this.#client) return;
        this.#options.write({ t: nowMicros(), by: this.by, in: conversationId, op: 'shown', ...row });
      });
    }
    await client.conversations.open(conversationId);
  }

  view(conversationId: string): ConversationView | undefined {
    return this.#client?.store.conversation(conversationId).get();
  }

  send(conversationId: string, content: TextContent, replyTo: number | undefined): void {
    const client = this.#client;
    if (client === null) return;
    const t = nowMicros();
    const sent = client.messages.send(conversationId, content, replyTo === undefined ? {} : { replyTo });
    this.#waiting.set(sent.clientMessageId, { conversationId, since: t });
    const done = () => this.#waiting.delete(sent.clientMessageId);
    sent.acknowledged.then(done, done);
    sent.acknowledged.then(
      ({ seq }) => this.#ownSeqs.set(conversationId, [...this.ownSeqs(conversationId), seq]),
      () => {},
    );
    const { mentions, mentionsAll, text } = content;
    const isPlain = mentions === undefined && mentionsAll === undefined && replyTo === undefined;
    this.#options.write({
      ...{ t, by: this.by, in: conversationId, op: 'send', phase: 'invoke', id: sent.clientMessageId, via: 'outbox' },
      content: contentDigest(content, replyTo),
      ...(isPlain ? {} : { words: contentDigest({ type: 'text', text }, undefined) }),
      ...(replyTo === undefined ? {} : { replyTo }),
    });
  }

  /** Writes down what has been shown as on its way for too long, as if it were a matter of a moment. */
  tellSilent(longestMs: number): void {
    const now = nowMicros();
    for (const [id, waiting] of this.#waiting) {
      const { conversationId } = waiting;
      const row = this.#client?.store
        .timeline(conversationId)
        .get()
        .items.find(({ key }) => key === id);
      const isSilent = row?.state === 'local' || row?.state === 'sending';
      // Who was told in between is not without a word.
      if (!isSilent) waiting.since = now;
      const ms = (now - waiting.since) / 1_000;
      if (ms <= longestMs) continue;
      this.#options.write({ t: now, by: this.by, in: conversationId, op: 'send', phase: 'silent', id, ms });
      this.#waiting.delete(id);
    }
  }

  /** Where every conversation that it knows stands now. */
  standings(): Record<string, Standing> {
    const standings: Record<string, Standing> = {};
    for (const id of this.#known) {
      const view = this.view(id);
      if (view !== undefined) standings[id] = standingOf(view);
    }
    return standings;
  }

  /** Writes down everything that this device has, the messages of the last `pages` pages of each conversation included. */
  async tellEnd(view: 'live' | 'cold', pages: number): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    const { by } = this;
    const { write } = this.#options;
    for (const id of this.#known) {
      const known = client.store.conversation(id).get();
      if (known === undefined) continue;
      const items = await readPages(client, id, pages).catch((): Item[] => []);
      const shown = client.store.conversation(id).get() ?? known;
      const members = shown.me.leftAt === undefined && view === 'cold' ? await readMembers(client, id) : undefined;
      const { head, me, title, group } = shown;
      write({
        ...{ t: nowMicros(), by, in: id, op: 'end', view, head: [head.seq, head.change] },
        ...{ readSeq: me.readSeq, unread: me.unread, role: me.role, left: me.leftAt !== undefined, title, items },
        ...{ pins: (shown.pins ?? []).map(({ seq }) => seq), mentions: me.mentions?.length ?? 0, own: ownSideOf(me) },
        ...(group === undefined ? {} : { memberCount: group.memberCount }),
        ...(group?.dismissedAt === undefined ? {} : { dismissed: true }),
        ...(members === undefined ? {} : { members }),
      });
    }
    const { pending, failed } = client.store.outbox.get();
    const displayName = client.store.me.get()?.displayName ?? '';
    const [conversations, totalUnread] = [client.store.conversationIds.get().length, client.store.totalUnread.get()];
    const all = { view, displayName, pending, failed, conversations, totalUnread, relations: relationsOf(client) };
    write({ t: nowMicros(), by, op: 'endDevice', ...all });
  }

  #takeSession(): RememberedSession | null {
    const refreshToken = this.#options.sessions.pop();
    return refreshToken === undefined ? null : { userId: this.user, refreshToken };
  }

  #follow(by: string, client: ChatClient): void {
    const { write } = this.#options;
    client.on('message', (message) => {
      write({ t: nowMicros(), by, in: message.conversationId, op: 'applied', item: itemOf(message) });
    });
    client.store.connection.subscribe(() => {
      const state = client.store.connection.get();
      const why = state.name === 'signedOut' ? state.reason : undefined;
      write({ t: nowMicros(), by, op: 'life', event: 'state', state: state.name, ...(why === undefined ? {} : { why }) });
      if (state.name !== 'signedOut' || client !== this.#client) return;
      // As a person would: the login page, and in again, on the same device.
      this.#session = null;
      queueMicrotask(() => {
        if (client !== this.#client) return;
        this.drop('reload');
        this.start(this.node);
      });
    });
    client.store.conversationIds.subscribe(() => {
      for (const id of client.store.conversationIds.get()) this.#watch(by, id);
    });
    for (const id of this.#known) this.#watchIn(by, client, id);
  }

  #watch(by: string, id: string): void {
    if (this.#known.has(id) || by !== this.by || this.#client === null) return;
    this.#known.add(id);
    this.#watchIn(by, this.#client, id);
  }

  #watchIn(by: string, client: ChatClient, id: string): void {
    const { write } = this.#options;
    const cell = client.store.conversation(id);
    const look = () => {
      const view = cell.get();
      if (view === undefined || client !== this.#client) return;
      const standing = standingOf(view);
      const last = this.#standings.get(id);
      if (last !== undefined && isSame(last, standing)) return;
      this.#standings.set(id, standing);
      const left = view.me.leftAt === undefined ? {} : { left: true as const };
      write({ t: nowMicros(), by, in: id, op: 'position', ...standing, ...left });
    };
    cell.subscribe(look);
    look();
    const typing = client.store.typing(id);
    typing.subscribe(() => {
      if (client === this.#client) {
        write({ t: nowMicros(), by, in: id, op: 'typing', event: 'shown', users: typing.get() });
      }
    });
  }
}

/** Nobody writes there any more, or this person does not. */
function isOver({ me, group }: ConversationView): boolean {
  return me.leftAt !== undefined || group?.dismissedAt !== undefined;
}

function standingOf({ head, me }: ConversationView): Standing {
  return { seq: head.seq, change: head.change, readSeq: me.readSeq, unread: me.unread };
}

function isSame(a: Standing, b: Standing): boolean {
  return a.seq === b.seq && a.change === b.change && a.readSeq === b.readSeq && a.unread === b.unread;
}
