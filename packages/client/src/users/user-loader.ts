import { limits, type UserView } from '@nexo/shared';
import { Cell, CellMap } from '../store/cells.ts';
import type { Runtime } from '../types/options.ts';
import type { Readable } from '../types/store.ts';

/** Users that are asked for within this time are loaded together. */
const gatherMs = 10;

export interface UserLoaderOptions {
  runtime: Runtime;
  load(userIds: string[]): Promise<UserView[]>;
}

/** People by id, loaded when somebody looks at them. */
export interface UserLoader {
  user(id: string): Readable<UserView | undefined>;
  /** A newer view of a user came by another way. */
  learn(user: UserView): void;
  /** Asks again for those whose question failed. */
  retry(): void;
  stop(): void;
}

export function makeUserLoader({ runtime, load }: UserLoaderOptions): UserLoader {
  const cells = new CellMap((id) => {
    wanted.add(id);
    schedule();
    return new Cell<UserView | undefined>(undefined);
  });
  const wanted = new Set<string>();
  const learnt = new Set<string>();
  let timer: unknown;

  function schedule(): void {
    timer ??= runtime.setTimeout(() => {
      timer = undefined;
      loadWanted();
    }, gatherMs);
  }

  function loadWanted(): void {
    const ids = [...wanted].filter((id) => !learnt.has(id));
    for (let start = 0; start < ids.length; start += limits.usersGetMax) {
      const part = ids.slice(start, start + limits.usersGetMax);
      for (const id of part) wanted.delete(id);
      load(part).then(
        (users) => {
          for (const user of users) learn(user);
        },
        () => {
          for (const id of part) wanted.add(id);
        },
      );
    }
  }

  function learn(user: UserView): void {
    learnt.add(user.id);
    wanted.delete(user.id);
    const cell = cells.of(user.id);
    wanted.delete(user.id);
    const known = cell.get();
    if (known === undefined || !isSame(known, user)) cell.set(user);
  }

  return {
    user: (id) => cells.of(id),
    learn,
    retry() {
      if (wanted.size > 0) schedule();
    },
    stop() {
      runtime.clearTimeout(timer);
      timer = undefined;
    },
  };
}

function isSame(a: UserView, b: UserView): boolean {
  return a === b || (a.displayName === b.displayName && a.avatarUrl === b.avatarUrl && a.bio === b.bio && a.kind === b.kind);
}
