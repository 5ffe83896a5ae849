import type { Readable } from '../types/store.ts';
import { tellEach } from './tell-each.ts';

class Listeners {
  readonly #listeners = new Set<() => void>();

  get size(): number {
    return this.#listeners.size;
  }

  add(listener: () => void): () => void {
    // A wrapper of its own, so that one function may listen twice.
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(): void {
    tellEach(this.#listeners, undefined);
  }
}

/** A value that is set. */
export class Cell<T> implements Readable<T> {
  readonly #listeners = new Listeners();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  readonly get = (): T => this.#value;
  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener);

  set(value: T): void {
    if (Object.is(this.#value, value)) return;
    this.#value = value;
    this.#listeners.tell();
  }
}

/**
 * A value that is computed when somebody reads it. `compute` is given the value before and returns that very object when
 * nothing changed.
 */
export class Derived<T> implements Readable<T> {
  readonly #listeners = new Listeners();
  readonly #compute: (before: T | undefined) => T;
  #value: T | undefined;
  #isStale = true;

  constructor(compute: (before: T | undefined) => T) {
    this.#compute = compute;
  }

  readonly get = (): T => {
    if (this.#isStale) {
      this.#value = this.#compute(this.#value);
      this.#isStale = false;
    }
    return this.#value as T;
  };
  readonly subscribe = (listener: () => void): (() => void) => {
    // What is watched has a value, so that a change can be told from the first look.
    this.get();
    return this.#listeners.add(listener);
  };

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** What it is computed from has changed. */
  invalidate(): void {
    this.#isStale = true;
    if (!this.isWatched) return;
    const before = this.#value;
    if (!Object.is(this.get(), before)) this.#listeners.tell();
  }
}

/** Cells by key, made on first use. */
export class CellMap<T extends Readable<unknown>> {
  readonly #cells = new Map<string, T>();
  readonly #make: (key: string) => T;

  constructor(make: (key: string) => T) {
    this.#make = make;
  }

  of(key: string): T {
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = this.#make(key);
      this.#cells.set(key, cell);
    }
    return cell;
  }

  existing(key: string): T | undefined {
    return this.#cells.get(key);
  }

  values(): Iterable<T> {
    return this.#cells.values();
  }
}
