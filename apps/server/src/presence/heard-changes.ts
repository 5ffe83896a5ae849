/** A doorbell is read within seconds after its message; of what is forgotten too early the rights are only read once too often. */
const changesMax = 10_000;

/** Changes of users that have been heard of, one by one: of two of the same user the bus may lose the first. */
export class HeardChanges {
  readonly #heard = new Set<string>();

  note(userId: string, change: number): void {
    this.#heard.add(keyOf(userId, change));
    for (const oldest of this.#heard) {
      if (this.#heard.size <= changesMax) break;
      this.#heard.delete(oldest);
    }
  }

  has(userId: string, change: number): boolean {
    return this.#heard.has(keyOf(userId, change));
  }
}

const keyOf = (userId: string, change: number) => `${change} ${userId}`;
