import type { Clock, HeldPresence, HeldSession, Log, PresenceChange, PresenceReading, PresenceStore } from '@nexo/api';
import { limits } from '@nexo/shared';
import type { Cluster, Redis } from 'ioredis';
import { describe, lastSeenField, namesOf, nodeOf, sessionOf, writtenAt } from './presence-fields.ts';
import { openPresenceLinks, type PresenceLinks } from './presence-links.ts';

export interface RedisPresenceOptions {
  /** One server, or any of a cluster. */
  url: string;
  /** Keeps several systems on one Redis apart. */
  namespace: string;
  /** A name that no other process has, now or later. */
  nodeId: string;
  clock: Clock;
  log: Log;
  /** How often this node gives a sign of life. */
  beatEveryMs?: number;
  /** Without one for so long it has crashed. */
  nodeMaxMs?: number;
  /** What is held after `close` counts for so long still. */
  graceMs?: number;
  answerMaxMs?: number;
  openLinks?: typeof openPresenceLinks;
}

/** All that is held is written again within this, a part with each sign of life: a full Redis may have thrown it away. */
const retellEveryMs = 60_000;
/** A user's hash outlives the last word about it by this: until the database surely knows when they were last here. */
const userTtlMs = 10 * 60_000;
/** What a node wrote that is gone is swept away after this, by when it surely does not write it again at that moment. */
const fieldMaxMs = 3_600_000;

/** An answer that takes longer is not waited for. */
const answerMaxMs = 500;
/** Users in one round of writing, and in one message of the channel. */
const writeMax = 500;

type Held = { sessions: readonly HeldSession[]; lastSeenAt: number | undefined };

/**
 * Presence of many nodes in one Redis: per user a hash of sessions, in which a field counts only as long as the node that wrote it
 * gives signs of life. So a crashed node's people go offline by themselves. Everything in Redis is a copy of what nodes hold in
 * memory: when it is lost they write it again, and until they have, nobody is called offline for not being there.
 *
 *   answering ──no answer, or the connection is gone──► silent ──answers again──► answering
 *   (silent: everybody is unknown, and nothing is waited for)
 */
export class RedisPresence implements PresenceStore {
  readonly #links: PresenceLinks;
  readonly #names: ReturnType<typeof namesOf>;
  readonly #nodeId: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #beatEveryMs: number;
  readonly #nodeMaxMs: number;
  readonly #graceMs: number;
  readonly #answerMaxMs: number;
  readonly #listeners = new Set<(change: PresenceChange) => void>();
  /** All that this node holds, for telling it again. */
  readonly #own = new Map<string, Held>();
  /** Of whom something has to be written; true when the others have to hear of it. */
  readonly #dirty = new Map<string, boolean>();
  /** Who is still to be written again in this round, though nothing changed. */
  #toRetell: string[] = [];
  /** Fields that this node may have in a user's hash. */
  readonly #written = new Map<string, Set<string>>();
  /** Other nodes that were alive at the last look. */
  #aliveNodes = new Set<string>();
  #isAnswering = true;
  #hasBeaten = false;
  #writing = false;
  #beating: Promise<void> | undefined;
  #settleTimer: NodeJS.Timeout | undefined;
  readonly #beatTimer: NodeJS.Timeout;
  #closed = false;

  constructor(options: RedisPresenceOptions) {
    this.#names = namesOf(options.namespace);
    this.#nodeId = options.nodeId;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#nodeMaxMs = options.nodeMaxMs ?? limits.presenceNodeMaxMs;
    this.#beatEveryMs = options.beatEveryMs ?? this.#nodeMaxMs / 3;
    this.#graceMs = options.graceMs ?? limits.presenceGraceMs;
    this.#answerMaxMs = options.answerMaxMs ?? answerMaxMs;
    const openLinks = options.openLinks ?? openPresenceLinks;
    this.#links = openLinks({
      ...{ url: options.url, channel: this.#names.channel },
      heard: (text) => this.#heard(text),
      opened: () => this.#opened(),
      closed: () => this.#tell('all'),
      // It was away and may have missed something; at first there is nothing to miss.
      listens: () => this.#tell('all'),
      failed: (error) => this.#log.debug({ error }, 'presence has no connection to Redis'),
    });
    this.#beatTimer = setInterval(() => void this.#beat(), this.#beatEveryMs);
    this.#beatTimer.unref();
  }

  hold(userId: string, sessions: readonly HeldSession[], lastSeenAt?: number): void {
    if (this.#closed) return;
    if (sessions.length === 0 && !this.#written.has(userId) && !this.#isUsable()) {
      // Came and went while there was nowhere to write it.
      this.#own.delete(userId);
      this.#dirty.delete(userId);
      return;
    }
    this.#own.set(userId, { sessions, lastSeenAt });
    this.#dirty.set(userId, true);
    this.#writeSoon();
  }

  async read(userIds: readonly string[]): Promise<PresenceReading> {
    if (!this.#isUsable()) return nothingKnown;
    try {
      if (!this.#hasBeaten) await this.#inTime(this.#beat());
      return await this.#inTime(this.#readAll(userIds));
    } catch (error) {
      this.#fellSilent(error);
      return nothingKnown;
    }
  }

  subscribe(listener: (change: PresenceChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#beatTimer);
    clearTimeout(this.#settleTimer);
    this.#listeners.clear();
    // Its people are on their way to other nodes; who has not arrived by then is gone.
    if (this.#isUsable()) await this.#inTime(this.#redis.pexpire(this.#names.node(this.#nodeId), this.#graceMs)).catch(() => {});
    this.#links.close();
  }

  get #redis(): Redis | Cluster {
    const { commands } = this.#links;
    if (commands === undefined) throw new Error('there is no connection to Redis');
    return commands;
  }

  #isUsable(): boolean {
    return this.#isAnswering && this.#links.commands !== undefined;
  }

  #opened(): void {
    this.#isAnswering = true;
    void this.#beat();
    this.#tell('all');
  }

  async #readAll(userIds: readonly string[]): Promise<PresenceReading> {
    const hashes = await Promise.all(userIds.map((id) => this.#redis.hgetall(this.#names.user(id))));
    const fields = hashes.flatMap((hash) => Object.keys(hash));
    const nodeIds = [...new Set([this.#nodeId, ...fields.filter((field) => field !== lastSeenField).map(nodeOf)])];
    const [isSettling, ...alive] = await Promise.all([
      this.#redis.exists(this.#names.settling),
      ...nodeIds.map((id) => this.#redis.exists(this.#names.node(id))),
    ]);
    const aliveNodes = new Set(nodeIds.filter((_, index) => alive[index] === 1));
    if (!aliveNodes.has(this.#nodeId)) {
      // What we wrote ourselves is lost: so is what others wrote.
      void this.#beat();
      return nothingKnown;
    }
    const held = new Map<string, HeldPresence>();
    userIds.forEach((userId, index) => {
      const presence = this.#presenceIn(userId, hashes[index] ?? {}, aliveNodes);
      if (presence !== undefined) held.set(userId, presence);
    });
    return { held, others: isSettling === 1 ? 'unknown' : 'offline' };
  }

  #presenceIn(userId: string, hash: Record<string, string>, alive: ReadonlySet<string>): HeldPresence | undefined {
    const sessions: HeldSession[] = [];
    const swept: string[] = [];
    for (const [field, value] of Object.entries(hash)) {
      if (field === lastSeenField) continue;
      if (alive.has(nodeOf(field))) sessions.push(...sessionOf(field, value));
      else if (this.#clock.now() - writtenAt(value) > fieldMaxMs) swept.push(field);
    }
    if (swept.length > 0) this.#redis.hdel(this.#names.user(userId), ...swept).catch(() => {});
    const lastSeenAt = Number(hash[lastSeenField]);
    if (sessions.length > 0) return { sessions };
    return Number.isFinite(lastSeenAt) ? { sessions, lastSeenAt } : undefined;
  }

  #writeSoon(): void {
    if (this.#writing || this.#dirty.size === 0) return;
    this.#writing = true;
    setImmediate(() => void this.#write());
  }

  /** Writes what is dirty. What cannot be written stays dirty until the next sign of life. */
  async #write(): Promise<void> {
    while (this.#dirty.size > 0 && this.#hasBeaten && this.#isUsable() && !this.#closed) {
      const some = [...this.#dirty].slice(0, writeMax);
      for (const [id] of some) this.#dirty.delete(id);
      try {
        const wasLost = await this.#inTime(Promise.all(some.map(([id]) => this.#writeUser(id))));
        const news = some.flatMap(([id, isNews], index) => (isNews || wasLost[index] === true ? id : []));
        if (news.length > 0) await this.#inTime(this.#links.publish(JSON.stringify(news)));
      } catch (error) {
        for (const [id] of some) this.#dirty.set(id, true);
        this.#fellSilent(error);
      }
    }
    this.#writing = false;
  }

  /** True when something was not there any more, or is new. */
  async #writeUser(userId: string): Promise<boolean> {
    const held = this.#own.get(userId);
    if (held === undefined) return false;
    const key = this.#names.user(userId);
    const values = Object.fromEntries(
      held.sessions.map((session) => [`${this.#nodeId} ${session.sessionId}`, describe(session, this.#clock.now())]),
    );
    const stale = [...(this.#written.get(userId) ?? [])].filter((field) => !(field in values));
    if (held.sessions.length > 0) stale.push(lastSeenField);
    else if (held.lastSeenAt !== undefined) values[lastSeenField] = String(held.lastSeenAt);
    // First what is there, then away with what is not: somebody who reads in between does not find them gone.
    const added = Object.keys(values).length > 0 ? this.#redis.hset(key, values) : Promise.resolve(0);
    const commands: Promise<unknown>[] = [added];
    if (stale.length > 0) commands.push(this.#redis.hdel(key, ...stale));
    commands.push(this.#redis.pexpire(key, userTtlMs));
    await Promise.all(commands);
    if (held.sessions.length > 0) this.#written.set(userId, new Set(Object.keys(values)));
    else {
      this.#written.delete(userId);
      if (this.#own.get(userId) === held) this.#own.delete(userId);
    }
    return (await added) > 0;
  }

  /** Gives a sign of life, and looks which other nodes still do. One at a time, however long it takes. */
  #beat(): Promise<void> {
    if (this.#closed || this.#links.commands === undefined) return Promise.resolve();
    this.#beating ??= this.#beatNow()
      .catch((error: unknown) => this.#fellSilent(error))
      .finally(() => {
        this.#beating = undefined;
      });
    return this.#beating;
  }

  async #beatNow(): Promise<void> {
    this.#links.check();
    const key = this.#names.node(this.#nodeId);
    const wasRenewed = (await this.#redis.set(key, '1', 'PX', this.#nodeMaxMs, 'XX')) !== null;
    const wasLost = !wasRenewed && this.#hasBeaten;
    // Said before this node counts as alive: what is read in between is not believed.
    if (wasLost) await this.#redis.set(this.#names.settling, '1', 'PX', this.#settleMs);
    if (!wasRenewed) await this.#redis.set(key, '1', 'PX', this.#nodeMaxMs);
    if (this.#closed) return;
    const wasSilent = !this.#isAnswering;
    this.#isAnswering = true;
    this.#hasBeaten = true;
    if (wasLost) this.#retellAll();
    else this.#retellSome();
    this.#writeSoon();
    const hasLostNode = await this.#lookAtNodes();
    if (wasLost) {
      clearTimeout(this.#settleTimer);
      this.#settleTimer = setTimeout(() => this.#tell('all'), this.#settleMs + 1);
      this.#settleTimer.unref();
    }
    if (wasLost || wasSilent || hasLostNode) this.#tell('all');
  }

  /** Every node has given a sign of life within this, and so has noticed what is lost and told it again. */
  get #settleMs(): number {
    return Math.ceil(this.#beatEveryMs * 1.5);
  }

  #retellAll(): void {
    for (const id of this.#own.keys()) this.#dirty.set(id, true);
  }

  #retellSome(): void {
    if (this.#toRetell.length === 0) this.#toRetell = [...this.#own.keys()];
    const count = Math.ceil((this.#own.size * this.#beatEveryMs) / retellEveryMs);
    for (const id of this.#toRetell.splice(-count)) if (!this.#dirty.has(id)) this.#dirty.set(id, false);
  }

  /** True when one has gone since the last look: then nobody tells of those who were connected to it. */
  async #lookAtNodes(): Promise<boolean> {
    await this.#redis.sadd(this.#names.nodes, this.#nodeId);
    const known = (await this.#redis.smembers(this.#names.nodes)).filter((id) => id !== this.#nodeId);
    const alive = await Promise.all(known.map((id) => this.#redis.exists(this.#names.node(id))));
    const now = new Set(known.filter((_, index) => alive[index] === 1));
    const dead = known.filter((id) => !now.has(id));
    if (dead.length > 0) await this.#redis.srem(this.#names.nodes, ...dead);
    const hasLost = [...this.#aliveNodes].some((id) => !now.has(id));
    this.#aliveNodes = now;
    return hasLost;
  }

  #fellSilent(error: unknown): void {
    if (this.#closed) return;
    this.#log.debug({ error }, 'the store of presence does not answer');
    if (!this.#isAnswering) return;
    this.#isAnswering = false;
    this.#tell('all');
    // Answered when Redis answers again, and not before.
    void this.#beat();
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), this.#answerMaxMs);
    });
    work.catch(() => {});
    return Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
  }

  #heard(text: string): void {
    try {
      const userIds: unknown = JSON.parse(text);
      if (Array.isArray(userIds)) this.#tell(userIds.filter((id) => typeof id === 'string'));
    } catch (error) {
      this.#log.warn({ error }, 'a message of the presence channel is damaged');
    }
  }

  #tell(change: PresenceChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#log.error({ error }, 'a listener to presence failed');
      }
    }
  }
}

const nothingKnown: PresenceReading = { held: new Map(), others: 'unknown' };
