import { type ChatClient, createClient, type RememberedSession, type Runtime } from '@nexo/client';
import { Disk } from './disk.ts';
import { Link } from './link.ts';
import type { SimulatedNode } from './node.ts';
import type { Random } from './random.ts';
import type { Actor, Scheduler } from './scheduler.ts';

export interface DeviceOptions {
  name: string;
  userId: string;
  scheduler: Scheduler;
  random: Random;
  newId(): string;
  /** The node that it is led to, if one is up. */
  route(device: SimulatedDevice): SimulatedNode | undefined;
  latencyMaxMs: number;
  /** A visit begins: nothing has happened in it yet. */
  started(visit: Visit): void;
}

/** One run of the program on a device, from its start to its end. */
export interface Visit {
  device: SimulatedDevice;
  actor: Actor;
  client: ChatClient;
  /** It has taken up its session and what was stored. */
  isUp: boolean;
}

/** How long a connection is tried before nobody is there. */
const connectMaxMs = 300;

/** A device of somebody: a disk, a clock, a network, and the real client that runs on it, visit after visit. */
export class SimulatedDevice {
  readonly name: string;
  readonly userId: string;
  readonly disk: Disk;
  readonly #options: DeviceOptions;
  #links: Link[] = [];
  #visits = 0;
  visit: Visit | undefined;
  isOffline = false;
  /** Added to the true time by its clock. */
  clockErrorMs = 0;
  /** Which of the nodes it is led to. */
  node = 0;
  #remembered: RememberedSession | null = null;
  #environment = new Set<(what: 'online' | 'offline' | 'visible') => void>();

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.name = options.name;
    this.userId = options.userId;
    this.disk = new Disk(options.scheduler, options.random);
  }

  /** Sockets that are not closed on both sides. */
  get links(): Link[] {
    this.#links = this.#links.filter((link) => !link.isClosed);
    return this.#links;
  }

  /** Starts the program: as somebody who comes for the first time, or comes again. */
  start(): Visit {
    const { scheduler } = this.#options;
    const actor = scheduler.actor(`${this.name}.${++this.#visits}`);
    const client = createClient({
      url: 'http://nexo.test',
      storage: this.disk.storage(actor),
      sessionMemory: {
        load: async () => this.#remembered,
        save: async (session) => {
          this.#remembered = session;
        },
      },
      runtime: this.#runtime(actor),
    });
    const visit: Visit = { device: this, actor, client, isUp: false };
    this.visit = visit;
    this.#environment.clear();
    this.#options.started(visit);
    scheduler.after(actor, 0, 'starts', () => void this.#comeUp(visit));
    return visit;
  }

  /** The program is gone from one moment to the next. */
  kill(isHeard: boolean): void {
    if (this.visit === undefined) return;
    this.visit.actor.isDead = true;
    this.visit = undefined;
    for (const link of this.links) link.vanish(isHeard);
  }

  tell(what: 'online' | 'offline' | 'visible'): void {
    for (const listener of [...this.#environment]) listener(what);
  }

  async #comeUp(visit: Visit): Promise<void> {
    const { client } = visit;
    while (!visit.actor.isDead) {
      try {
        if (this.#remembered === null) await client.auth.login({ userId: this.userId, password: '' });
        else {
          // Without anything stored it resolves only once live.
          const restored = client.auth.restore();
          void restored.catch(() => {});
          await Promise.race([restored, this.#options.scheduler.wait(visit.actor, 100, 'restoring')]);
        }
        break;
      } catch {
        // Nobody could be reached: as a person would, again in a while.
        await this.#options.scheduler.wait(visit.actor, 500, 'logs in again');
      }
    }
    visit.isUp = true;
  }

  #runtime(actor: Actor): Runtime {
    const { scheduler, random, newId } = this.#options;
    const open = (link: Link) => this.#open(link);
    const links = () => this.#links;
    const { latencyMaxMs } = this.#options;
    return {
      now: () => Math.floor(scheduler.nowMs + this.clockErrorMs),
      random,
      setTimeout: (work, ms) => scheduler.after(actor, ms, 'client timer', work),
      clearTimeout: (handle) => scheduler.cancel(handle),
      newId,
      fetch: (input, init) => this.#fetch(actor, String(input), init),
      WebSocket: class extends Link {
        constructor() {
          super({ scheduler, random, device: actor, latencyMaxMs });
          links().push(this);
          open(this);
        }
      },
      isOnline: () => !this.isOffline,
      onEnvironment: (listener) => {
        this.#environment.add(listener);
        return () => this.#environment.delete(listener);
      },
      locks: undefined,
    };
  }

  #open(link: Link): void {
    const { scheduler, random, latencyMaxMs } = this.#options;
    scheduler.after(link.device, random() * latencyMaxMs * 2, 'connects', () => {
      const node = this.isOffline ? undefined : this.#options.route(this);
      if (node === undefined) {
        scheduler.after(link.device, random() * connectMaxMs, 'cannot connect', () => link.refuse());
        return;
      }
      if (link.open(node.actor)) scheduler.after(node.actor, 0, `accepts ${this.name}`, () => node.accept(link));
    });
  }

  async #fetch(actor: Actor, url: string, init: RequestInit | undefined): Promise<Response> {
    const { scheduler, random, latencyMaxMs } = this.#options;
    await scheduler.wait(actor, random() * latencyMaxMs, 'fetch');
    const node = this.isOffline ? undefined : this.#options.route(this);
    if (node === undefined) throw new TypeError('fetch failed');
    const { pathname, searchParams } = new URL(url);
    const body = typeof init?.body === 'string' ? init.body : searchParams.get('input');
    const input: unknown = body === null ? undefined : JSON.parse(body);
    const token = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '');
    return new Promise((resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new TypeError('aborted')), { once: true });
      const path = pathname.replace('/trpc/', '');
      scheduler.after(node.actor, random() * latencyMaxMs, `http ${path}`, () => {
        node.http(path, token, input).then(({ status, body: answer }) => {
          const response = { ok: status === 200, status, json: async () => answer } as Response;
          scheduler.after(actor, random() * latencyMaxMs, `http ${path} answered`, () => {
            if (this.isOffline) reject(new TypeError('fetch failed'));
            else resolve(response);
          });
        }, reject);
      });
    });
  }
}
