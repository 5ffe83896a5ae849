import { memoryStorage, type Storage, type StorageMaker } from '@nexo/client';
import type { Random } from './random.ts';
import type { Actor, Scheduler } from './scheduler.ts';

/** Longest time that a write takes, in milliseconds. */
const writeMaxMs = 8;

/** The disk of a device: what was written survives the program, what was being written does not. */
export class Disk {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #make: StorageMaker = memoryStorage();
  /** Writes that will fail. */
  failures = 0;

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  /** The disk as the program of one visit sees it. */
  storage(actor: Actor): StorageMaker {
    const wait = (what: string) => this.#scheduler.wait(actor, this.#random() * writeMaxMs, what);
    return async (userId) => {
      const kept = await this.#make(userId);
      const storage: Storage = {
        ...kept,
        loadState: () => wait('disk read').then(kept.loadState),
        loadOutbox: () => wait('disk read').then(kept.loadOutbox),
        write: async (batch) => {
          await wait('disk write');
          if (this.failures > 0) {
            this.failures--;
            throw new Error('The disk is full');
          }
          await kept.write(batch);
        },
      };
      return storage;
    };
  }

  /** What is on it, for who looks from outside. */
  look(userId: string): Promise<Storage> {
    return this.#make(userId);
  }
}
