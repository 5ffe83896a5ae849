import type { ChatClient } from '@nexo/client';
import { AppError, type ConversationView, directConversationId, type MessageView, type UserView } from '@nexo/shared';
import { Accounts } from './accounts.ts';
import { checkEnd } from './check-end.ts';
import { SimulatedDevice, type Visit } from './device.ts';
import { History, type Sent } from './history.ts';
import { BusMedium } from './model-bus.ts';
import { type HeadRow, ModelDatabase, rowOf } from './model-database.ts';
import { viewsOf } from './model-reads.ts';
import { newConversation, newMember } from './model-verbs.ts';
import { SimulatedNode } from './node.ts';
import { perform } from './perform.ts';
import { type Plan, users } from './plan.ts';
import { makeRandom, type Random } from './random.ts';
import { Scheduler } from './scheduler.ts';

/** Longest time after the healing until everything is quiet and the same everywhere. */
const healMaxMs = 180_000;
/** Between two looks whether it is. */
const lookEveryMs = 250;

/** One story of a plan, from an empty stage to its end. */
export class Story {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly database: ModelDatabase;
  readonly medium: BusMedium;
  readonly history: History;
  readonly devices: SimulatedDevice[] = [];
  readonly nodes: (SimulatedNode | undefined)[] = [];
  readonly skews: number[] = [];
  /** Turns against the story as a whole: it performs the steps and looks at the end. */
  readonly director;
  readonly #accounts: Accounts;
  readonly #newId: () => string;
  readonly #randomOf = new Map<string, Random>();
  readonly #truths = new Map<string, { commits: number; views: ConversationView[] }>();

  constructor(plan: Plan, options: { trace: boolean }) {
    this.plan = plan;
    const { world, seed } = plan;
    this.scheduler = new Scheduler(options);
    this.director = this.scheduler.actor('director');
    let ids = 0;
    // Ends differ in their last digit, by which lanes are chosen.
    this.#newId = () => `00000000-0000-7000-8000-${(++ids).toString(16).padStart(12, '0')}`;
    this.database = new ModelDatabase({
      scheduler: this.scheduler,
      random: makeRandom(seed, 'database'),
      weather: { latencyMaxMs: world.databaseLatencyMaxMs },
      epoch: this.#newId(),
    });
    this.medium = new BusMedium(this.scheduler, makeRandom(seed, 'bus'), { ...world.bus });
    this.history = new History(this.scheduler, this.database);
    const people = new Map<string, UserView>(users.map((id) => [id, { id, displayName: id.toUpperCase(), kind: 'person' }]));
    this.#accounts = new Accounts({ users: people, newId: this.#newId, nowMs: () => Math.floor(this.scheduler.nowMs) });
    this.#prepare(people);
  }

  /** A user's conversations as the database has them now. */
  truthOf(userId: string): ConversationView[] {
    const { commits } = this.database;
    let truth = this.#truths.get(userId);
    if (truth?.commits !== commits) {
      truth = { commits, views: viewsOf(this.database, userId) };
      this.#truths.set(userId, truth);
    }
    return truth.views;
  }

  random(name: string): Random {
    const known = this.#randomOf.get(name) ?? makeRandom(this.plan.seed, name);
    this.#randomOf.set(name, known);
    return known;
  }

  newId(): string {
    return this.#newId();
  }

  /** Plays it to the end; throws what went wrong. */
  async play(): Promise<void> {
    const { scheduler, plan, director } = this;
    for (let index = 0; index < plan.world.nodes; index++) this.startNode(index);
    for (const userId of plan.world.devices) this.addDevice(userId);
    for (const { atMs, does } of plan.steps) {
      scheduler.after(director, atMs, JSON.stringify(does), () => perform(this, does));
    }
    const lastMs = plan.steps.at(-1)?.atMs ?? 0;
    await this.#runUntil(lastMs + 1);
    this.#heal();
    await checkEnd(this, { healMaxMs, lookEveryMs });
  }

  /** Runs until then, whatever happens. */
  async #runUntil(atMs: number): Promise<void> {
    await this.scheduler.run(() => false, atMs);
    this.throwFault();
  }

  throwFault(): void {
    if (this.scheduler.faults.length > 0) throw this.scheduler.faults[0];
  }

  /** From now on nothing goes wrong any more. */
  #heal(): void {
    const { scheduler, database, medium, director, plan } = this;
    scheduler.note('director: heals everything');
    medium.calm();
    database.fates.clear();
    for (const [index, node] of this.nodes.entries()) {
      if (node === undefined) this.startNode(index);
      else scheduler.thaw(node.actor);
      database.letIn(`node${index}`);
    }
    for (const device of this.devices) {
      device.isOffline = false;
      device.disk.failures = 0;
      if (device.visit === undefined) device.start();
      else scheduler.thaw(device.visit.actor);
      for (const link of device.links) {
        scheduler.after(link.nodeActor ?? director, 0, 'drain', () => link.unstall());
        link.mischief.up = { lose: 0, repeat: 0, swap: 0 };
        link.mischief.down = { lose: 0, repeat: 0, swap: 0 };
        // Whose packets reach a machine again that knows nothing of the connection is told so.
        if (link.isHalfOpen && plan.world.resetsDeadSockets) link.cut();
      }
      const { visit } = device;
      if (visit !== undefined) scheduler.after(visit.actor, 0, 'is online', () => device.tell('online'));
    }
  }

  startNode(index: number): void {
    const name = `node${index}`;
    if (this.nodes[index]?.actor.isDead === false) return;
    this.database.letIn(name);
    const node = new SimulatedNode({
      name,
      scheduler: this.scheduler,
      database: this.database,
      medium: this.medium,
      accounts: this.#accounts,
      random: this.random(name),
      timing: this.plan.world.timing,
      newId: this.#newId,
      clockErrorMs: () => this.skews[index] ?? 0,
    });
    this.nodes[index] = node;
    const start = (): void => {
      // A supervisor tries again when the database does not answer.
      node.start().catch(() => this.scheduler.after(node.actor, 500, 'starts again', start));
    };
    this.scheduler.after(node.actor, 0, 'starts', start);
  }

  addDevice(userId: string): SimulatedDevice {
    const name = `${userId}${this.devices.length}`;
    const device = new SimulatedDevice({
      name,
      userId,
      scheduler: this.scheduler,
      random: this.random(name),
      newId: this.#newId,
      latencyMaxMs: this.plan.world.networkLatencyMaxMs,
      route: (asking) => this.#route(asking),
      started: (visit) => this.#watch(visit),
    });
    device.node = this.devices.length % this.plan.world.nodes;
    this.devices.push(device);
    device.start();
    return device;
  }

  /** The device's node, or the next one that is up, as a load balancer would find. */
  #route(device: SimulatedDevice): SimulatedNode | undefined {
    const count = this.nodes.length;
    for (let offset = 0; offset < count; offset++) {
      const node = this.nodes[(device.node + offset) % count];
      if (node?.isReady) return node;
    }
    return undefined;
  }

  /** Notes a message that was handed to a client. */
  noteSent(
    visit: Visit,
    conversationId: string,
    text: string,
    sent: ReturnType<ChatClient['messages']['send']>,
    replyTo?: number,
  ): void {
    const { scheduler, history } = this;
    const entry: Sent = {
      ...{ userId: visit.device.userId, device: visit.device.name, visit, conversationId, text, replyTo },
      clientMessageId: sent.clientMessageId,
      invokedAtMs: scheduler.nowMs,
      acknowledged: undefined,
      refused: undefined,
    };
    history.sent.push(entry);
    sent.acknowledged.then(
      (message) => {
        entry.acknowledged = { message, atMs: scheduler.nowMs };
        scheduler.note(`${visit.actor.name}: acknowledged ${text} as ${message.seq}`);
      },
      (error: unknown) => {
        entry.refused = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      },
    );
  }

  #watch(visit: Visit): void {
    const { client } = visit;
    const { history } = this;
    /** What must not be stops the story, whoever noticed. */
    const guarded =
      <T>(look: (value: T) => void) =>
      (value: T): void => {
        try {
          look(value);
        } catch (fault) {
          this.scheduler.faults.push(fault);
        }
      };
    const toLookAt = new Set<string>();
    const lookAtAll = guarded(() => {
      for (const id of toLookAt) history.wordings.look(visit, client.store, id);
      toLookAt.clear();
    });
    /** Once all cells have heard of a change: before, one may be ahead of another. */
    const lookSoon = (id: string) => {
      if (toLookAt.size === 0) queueMicrotask(() => lookAtAll(undefined));
      toLookAt.add(id);
    };
    client.on(
      'item',
      guarded((item) => {
        history.heard(visit, item);
        if ('change' in item) lookSoon(item.conversationId);
      }),
    );
    client.on(
      'message',
      guarded((message: MessageView) => history.arrived(visit, message)),
    );
    const watched = new Set<string>();
    const look = guarded(() => {
      for (const id of client.store.conversationIds.get()) {
        if (watched.has(id)) continue;
        watched.add(id);
        const cell = client.store.conversation(id);
        const see = guarded(() => {
          const view = cell.get();
          if (view !== undefined) history.seen(visit, view);
          lookSoon(id);
        });
        cell.subscribe(() => see(undefined));
        see(undefined);
        client.store.timeline(id).subscribe(() => lookSoon(id));
      }
    });
    client.store.conversationIds.subscribe(() => look(undefined));
    client.store.connection.subscribe(
      guarded(() => {
        const state = client.store.connection.get();
        if (state.name === 'signedOut') throw new AppError('INTERNAL', { message: `${visit.actor.name} is signed out` });
      }) as () => void,
    );
  }

  /** Two conversations that are there before anybody comes. */
  #prepare(people: ReadonlyMap<string, UserView>): void {
    const { database } = this;
    for (const user of people.values()) database.put(rowOf.user(user.id), user);
    this.#putConversation(directConversationId('alice', 'bob'), 'direct', ['alice', 'bob']);
    this.#putConversation('00000000-0000-7000-9000-000000000001', 'group', ['alice', 'bob', 'carol']);
    this.#putConversation('00000000-0000-7000-9000-000000000002', 'group', [...users]);
  }

  #putConversation(id: string, kind: 'direct' | 'group', userIds: readonly string[]): void {
    const { database } = this;
    database.put(rowOf.conversation(id), newConversation(id, kind, 0), ['conversations']);
    const head: HeadRow = { seq: 0, change: 0, countable: 0 };
    database.put(rowOf.head(id), head);
    if (kind === 'group')
      database.put(rowOf.group(id), { name: `Group ${id.slice(-1)}`, memberCount: userIds.length, change: 0 });
    for (const [index, userId] of userIds.entries()) {
      const role = kind === 'group' && index === 0 ? ('owner' as const) : ('member' as const);
      const files = [`members of ${id}`, `memberships of ${userId}`];
      database.put(rowOf.member(id, userId), { ...newMember(id, userId, 0, 0), role }, files);
    }
    this.history.begin(id, head, userIds);
  }
}
