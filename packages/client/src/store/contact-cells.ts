import type { BlockView, ContactRequestView, ContactView } from '@nexo/shared';
import { requestKey } from '../reducer/contacts.ts';
import type { Runtime } from '../types/options.ts';
import type { Readable, Relation } from '../types/store.ts';
import { CellMap, Derived } from './cells.ts';
import type { StateHolder } from './state-holder.ts';

/** What the store shows of contacts. */
export interface ContactCells {
  readonly contacts: Readable<readonly ContactView[]>;
  readonly contactRequests: Readable<readonly ContactRequestView[]>;
  readonly blocks: Readable<readonly BlockView[]>;
  relation(userId: string): Readable<Relation>;
}

/** A request is looked for that has expired this often at least: longer than timers of browsers can be set. */
const lookMaxMs = 24 * 3_600_000;

export interface ContactCellsOptions {
  holder: StateHolder;
  runtime: Pick<Runtime, 'setTimeout' | 'clearTimeout'>;
  /** Epoch milliseconds of the server's clock: by it requests expire. */
  serverNow(): number;
}

/** Cells over contacts, requests and blocks. */
export function makeContactCells({ holder, runtime, serverNow: now }: ContactCellsOptions): ContactCells & { stop(): void } {
  let timer: unknown;
  const contacts = new Derived<readonly ContactView[]>(() =>
    [...holder.get().contacts.contacts.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1)),
  );
  const contactRequests = new Derived<readonly ContactRequestView[]>(() =>
    [...holder.get().contacts.requests.values()]
      .filter((request) => request.expiresAt > now())
      .sort((a, b) => b.sentAt - a.sentAt),
  );
  const blocks = new Derived<readonly BlockView[]>(() =>
    [...holder.get().contacts.blocks.values()].sort((a, b) => b.blockedAt - a.blockedAt),
  );
  const relations = new CellMap(
    (userId) =>
      new Derived<Relation>((before) => {
        const { contacts: known, requests, blocks: blocked } = holder.get().contacts;
        const myId = holder.get().me?.id ?? '';
        const isPending = (request: ContactRequestView | undefined) => request !== undefined && request.expiresAt > now();
        const incoming = requests.get(requestKey(userId, myId));
        const outgoing = requests.get(requestKey(myId, userId));
        const next: Relation = {
          contact: known.get(userId),
          incoming: isPending(incoming) ? incoming : undefined,
          outgoing: isPending(outgoing) ? outgoing : undefined,
          isBlocked: blocked.has(userId),
        };
        const isSame =
          before !== undefined && (Object.keys(next) as (keyof Relation)[]).every((key) => next[key] === before[key]);
        return isSame ? before : next;
      }),
  );

  function awaitExpiry(): void {
    runtime.clearTimeout(timer);
    timer = undefined;
    const pending = [...holder.get().contacts.requests.values()].map(({ expiresAt }) => expiresAt).filter((at) => at > now());
    if (pending.length === 0) return;
    const waitMs = Math.min(lookMaxMs, Math.max(0, Math.min(...pending) - now()));
    timer = runtime.setTimeout(() => {
      requestsChanged();
      awaitExpiry();
    }, waitMs);
  }

  function requestsChanged(): void {
    contactRequests.invalidate();
    for (const relation of relations.values()) relation.invalidate();
  }

  holder.listen((next, before) => {
    if (next.contacts === before.contacts && next.me === before.me) return;
    if (next.contacts.contacts !== before.contacts.contacts) contacts.invalidate();
    if (next.contacts.requests !== before.contacts.requests) {
      contactRequests.invalidate();
      awaitExpiry();
    }
    if (next.contacts.blocks !== before.contacts.blocks) blocks.invalidate();
    for (const relation of relations.values()) relation.invalidate();
  });

  return {
    ...{ contacts, contactRequests, blocks, relation: (userId) => relations.of(userId) },
    stop() {
      runtime.clearTimeout(timer);
      timer = undefined;
    },
  };
}
