/** Somebody whose code runs in the simulation: a process on a node, a visit on a device, the database, the network. */
export interface Actor {
  readonly name: string;
  /** Nothing of it runs any more. */
  isDead: boolean;
  /** What waits while it stands still; undefined while it does not. */
  frozen: Happening[] | undefined;
}

/** Something that happens at a time. Looks like a timer of Node, as some of them are. */
export class Happening {
  atMs: number;
  readonly order: number;
  readonly actor: Actor;
  readonly what: string;
  work: (() => void) | undefined;
  /** Where it was asked for, when that is traced. */
  origin: string | undefined;

  constructor(atMs: number, order: number, actor: Actor, what: string, work: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.actor = actor;
    this.what = what;
    this.work = work;
  }

  unref(): this {
    return this;
  }

  ref(): this {
    return this;
  }
}

const { nextTick } = process;
const { queueMicrotask } = globalThis;

/**
 * Lets things happen one after the other, each with everything that follows from it without waiting, in the order of a time that
 * passes only from one to the next. Equal seeds make equal delays, hence the same order and the same story.
 */
export class Scheduler {
  nowMs = 0;
  /** Happenings so far. */
  steps = 0;
  /** What went wrong where nobody could catch it. */
  readonly faults: unknown[] = [];
  readonly trace: string[] | undefined;
  #heap: Happening[] = [];
  #order = 0;
  #current: Actor | undefined;

  constructor(options: { trace: boolean }) {
    this.trace = options.trace ? [] : undefined;
  }

  /** Whose turn it is. What runs now belongs to it, and so do the timers that it sets. */
  get current(): Actor {
    if (this.#current === undefined) throw new Error('Nobody acts now');
    return this.#current;
  }

  actor(name: string): Actor {
    return { name, isDead: false, frozen: undefined };
  }

  /** Has `work` done for `actor` after a while, unless it is dead by then. */
  after(actor: Actor, delayMs: number, what: string, work: () => void): Happening {
    const happening = new Happening(this.nowMs + Math.max(0, delayMs), this.#order++, actor, what, work);
    if (this.trace !== undefined) happening.origin = new Error().stack;
    this.#push(happening);
    return happening;
  }

  cancel(happening: unknown): void {
    if (happening instanceof Happening) happening.work = undefined;
  }

  /** Resolves, for the one whose turn it is, after a while. */
  wait(actor: Actor, delayMs: number, what: string): Promise<void> {
    return new Promise((resolve) => {
      this.after(actor, delayMs, what, resolve);
    });
  }

  /** Stands still: nothing of it happens until it is thawed. */
  freeze(actor: Actor): void {
    actor.frozen ??= [];
  }

  /** What was due meanwhile happens now, in its order. */
  thaw(actor: Actor): void {
    const { frozen = [] } = actor;
    actor.frozen = undefined;
    for (const happening of frozen) {
      happening.atMs = this.nowMs;
      this.#push(happening);
    }
  }

  note(text: string): void {
    this.trace?.push(`${this.nowMs.toFixed(3)} ${text}`);
  }

  /** What is still to come for living actors. */
  pending(): Happening[] {
    return this.#heap.filter(({ work, actor }) => work !== undefined && !actor.isDead);
  }

  /** Lets everything happen until `isDone`, a fault, or the deadline. Says whether it was done. */
  run(isDone: () => boolean, deadlineMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      // A tick runs when no promise is left to run: so each happening has had all of its consequences before the next.
      const next = () => nextTick(turn);
      const turn = () => {
        if (this.faults.length > 0 || isDone()) {
          resolve(this.faults.length === 0);
          return;
        }
        const happening = this.#take(deadlineMs);
        if (happening === undefined) {
          this.nowMs = Math.max(this.nowMs, deadlineMs);
          resolve(false);
          return;
        }
        this.#perform(happening);
        queueMicrotask(next);
      };
      queueMicrotask(next);
    });
  }

  #perform(happening: Happening): void {
    const { actor, what, work } = happening;
    this.nowMs = happening.atMs;
    this.steps++;
    this.note(`${actor.name}: ${what}`);
    this.#current = actor;
    happening.work = undefined;
    try {
      work?.();
    } catch (fault) {
      this.faults.push(fault);
    }
  }

  #take(deadlineMs: number): Happening | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= deadlineMs; first = this.#heap[0]) {
      this.#pop();
      if (first.work === undefined || first.actor.isDead) continue;
      if (first.actor.frozen === undefined) return first;
      first.actor.frozen.push(first);
    }
    return undefined;
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(happening);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(happening, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = happening;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let childAt = at * 2 + 1;
      let child = heap[childAt];
      if (child === undefined) break;
      const right = heap[childAt + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childAt++;
      }
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
