/** The locks of one browser, for tests of several tabs in it. */
export interface TestLocks {
  /** What one tab sees of them. */
  tab(): { locks: LockManager; close(): void };
}

interface Held {
  name: string;
  tab: object;
}

type Granted = (lock: Lock | null) => unknown;

/** Exclusive locks by name, granted in the order of asking; a tab that is closed lets all of its go. */
export function makeTestLocks(): TestLocks {
  const held: Held[] = [];
  let waiting: { name: string; tab: object; grant: () => void }[] = [];

  function grantNext(): void {
    for (const request of [...waiting]) {
      if (held.some(({ name }) => name === request.name)) continue;
      waiting = waiting.filter((other) => other !== request);
      held.push({ name: request.name, tab: request.tab });
      request.grant();
    }
  }

  function release(isReleased: (one: Held) => boolean): void {
    for (const one of held.filter(isReleased)) held.splice(held.indexOf(one), 1);
    queueMicrotask(grantNext);
  }

  return {
    tab() {
      const tab = {};
      const request = (name: string, _options: LockOptions, granted: Granted) =>
        new Promise((resolve, reject) => {
          const grant = () => {
            const mine = held.find((one) => one.name === name && one.tab === tab);
            Promise.resolve(granted({ name, mode: 'exclusive' }))
              .then(resolve, reject)
              .finally(() => release((one) => one === mine));
          };
          waiting.push({ name, tab, grant });
          queueMicrotask(grantNext);
        });
      const query = async () => ({ held: held.map(({ name }) => ({ name, mode: 'exclusive' as const })), pending: [] });
      return {
        locks: { request, query } as unknown as LockManager,
        close() {
          waiting = waiting.filter((other) => other.tab !== tab);
          release((one) => one.tab === tab);
        },
      };
    },
  };
}
