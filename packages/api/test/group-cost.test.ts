import { createDb, createPinnedConnection, type Sql } from '@nexo/db';
import { type Mention, newId, type SendMessageInput } from '@nexo/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appRouter, createLanes, LocalBus, laneSettings, planSettings } from '../src/index.ts';
import { type Caller, createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { type CountedRoad, countStatements } from './count-statements.ts';
import { groupOf, people, reportAll, text } from './scene.ts';

const sizes = [2, 100, 2_000] as const;

/** One node whose statements are counted. It has one connection for verbs and one lane, so that what each has done can be asked for. */
interface CountedNode extends AsyncDisposable {
  as(user: WorldUser): Caller;
  /** The statements of `work` on their way to the database, and how many rows it touched, by table and kind. */
  costOf(work: () => Promise<unknown>): Promise<Cost>;
}

interface Cost {
  statements: string[];
  /** Rows by table; of what was not touched there is none. */
  written: Record<string, number>;
  /** By table. */
  read: Record<string, number>;
}

let world: World;
let node: CountedNode;
let alice: WorldUser;
let bob: WorldUser;
let carol: WorldUser;

beforeAll(async () => {
  world = await createWorld();
  [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
  await insertExtras(world);
  node = await createCountedNode(world);
}, 60_000);

afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

async function createCountedNode({ services, databaseUrl, clock }: World): Promise<CountedNode> {
  const road: CountedRoad = await countStatements(databaseUrl);
  const db = createDb({ url: road.url, max: 1, name: 'counted', settings: planSettings });
  const connection = createPinnedConnection({ url: road.url, name: 'counted-lane', settings: laneSettings });
  const bus = new LocalBus(services.log);
  const lanes = createLanes({ connections: [connection], bus, clock, newId });
  const counted = { ...services, db, bus, lanes };
  const flush = async () => {
    await db.sql`select pg_stat_force_next_flush()`;
    await connection.run((sql) => sql`select pg_stat_force_next_flush()`);
  };
  return {
    as: (user) => appRouter.createCaller({ ...counted, session: user.session, address: '127.0.0.1', cookies: null }),
    async costOf(work) {
      await flush();
      const before = await rowsTouched(services.db.sql);
      const statements = await road.during(work);
      await flush();
      const after = await rowsTouched(services.db.sql);
      return { statements, written: difference(before.written, after.written), read: difference(before.read, after.read) };
    },
    async [Symbol.asyncDispose]() {
      await lanes.close();
      await bus.close();
      await connection.close();
      await db.close();
      await road[Symbol.asyncDispose]();
    },
  };
}

type Rows = Map<string, number>;

async function rowsTouched(sql: Sql): Promise<{ written: Rows; read: Rows }> {
  const rows = await sql<{ name: string; written: number; read: number }[]>`
    select relname as name, (n_tup_ins + n_tup_upd + n_tup_del)::bigint as written, (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint as read
    from pg_stat_user_tables`;
  const [written, read]: [Rows, Rows] = [new Map(), new Map()];
  for (const row of rows) {
    // Which partition a conversation is in says nothing.
    const name = row.name.replace(/^messages_\d+$/, 'messages');
    written.set(name, (written.get(name) ?? 0) + row.written);
    read.set(name, (read.get(name) ?? 0) + row.read);
  }
  return { written, read };
}

function difference(before: Rows, after: Rows): Record<string, number> {
  const moved = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(moved.filter(([, count]) => count > 0));
}

/** Rows read of the tables that have one for each member or each person: the others grow as tests go on. */
function peopleRead({ read }: Cost): number {
  return (read.members ?? 0) + (read.users ?? 0) + (read.user_heads ?? 0);
}

const extras = Math.max(...sizes) - 2;

/** People beside the two, as a backend's `upsertUsers` leaves them. */
async function insertExtras({ services }: World): Promise<void> {
  const { sql } = services.db;
  await sql`insert into users (id, display_name) select 'extra' || n, 'Extra' from generate_series(1, ${extras}::int) n`;
  await sql`insert into user_heads (user_id) select 'extra' || n from generate_series(1, ${extras}::int) n`;
}

/** A group of Alice (its owner), Bob, and so many others that it has `size` members, as if it had been made with them. */
async function groupOfSize(world: World, size: number, ...[owner, other]: [WorldUser, WorldUser]): Promise<string> {
  const group = await groupOf(owner, other);
  await fill(world, group, size);
  return group;
}

/** Puts so many others into a group of two that it has `size` members. */
async function fill({ services }: World, group: string, size: number): Promise<void> {
  const { sql } = services.db;
  await sql`
    insert into members (conversation_id, user_id, change)
    select ${group}, 'extra' || n, 1 from generate_series(1, ${size - 2}::int) n`;
  await sql`update groups set member_count = ${size}, max_members = 10000 where conversation_id = ${group}`;
}

type Step = readonly [what: string, work: (alice: Caller, group: string) => Promise<unknown>];

/** Does the steps in a new group of each size; what each step cost there, by size. */
async function costBySize(steps: readonly Step[]): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>(steps.map(([what]) => [what, []]));
  const groups: string[] = [];
  for (const size of sizes) groups.push(await groupOfSize(world, size, alice, bob));
  // A table of a few rows is read as a whole, which would say something of the table and nothing of the group.
  await world.services.db.sql`analyze`;
  await reportAll(world);
  for (const group of groups) {
    for (const [what, work] of steps) {
      costs.get(what)?.push(await node.costOf(() => work(node.as(alice), group)));
    }
  }
  return costs;
}

/** An index also leads to versions of a row that are dead and not swept away yet. */
const deadRowsMax = 30;

function expectSame(costs: Map<string, Cost[]>): void {
  for (const [what, [smallest, ...larger]] of costs) {
    if (smallest === undefined || smallest.statements.length === 0) throw new Error(`no statement was counted of ${what}`);
    for (const cost of larger) {
      expect(cost.statements, what).toEqual(smallest.statements);
      expect(cost.written, what).toEqual(smallest.written);
      expect(peopleRead(cost), what).toBeLessThan(peopleRead(smallest) + deadRowsMax);
    }
  }
}

const sends =
  (more: Partial<SendMessageInput> = {}): Step[1] =>
  (caller, group) =>
    caller.messages.send(text(group, 'hello', more));

const toBob: Mention[] = [{ userId: 'bob', name: 'Bob' }];
const says = (words: string, more: { mentions?: Mention[]; mentionsAll?: true } = {}) => ({
  content: { type: 'text' as const, text: words, ...more },
});

describe('a send takes the same statements, and touches as many rows, in a group of 2, of 100 and of 2,000', () => {
  it('what a message may be, and what may happen to it', async () => {
    // The first one finds out how the group is; from the second on the lane knows it. Seq 1 is the notice of the group's making.
    const costs = await costBySize([
      ['the first text', sends()],
      ['a text', sends()],
      ['a mention of one', sends(says('@Bob look', { mentions: toBob }))],
      ['a mention of all', sends(says('@all look', { mentionsAll: true }))],
      ['a silent one', sends({ silent: true })],
      ['a quote', sends({ replyTo: 2 })],
      ['an edit', (caller, group) => caller.messages.edit({ conversationId: group, seq: 3, ...says('edited') })],
      [
        'an edit that speaks to all',
        (caller, group) => caller.messages.edit({ conversationId: group, seq: 3, ...says('@all', { mentionsAll: true }) }),
      ],
      ['a reaction', (caller, group) => caller.messages.react({ conversationId: group, seq: 3, emoji: '👍', on: true })],
      ['a pin', (caller, group) => caller.messages.pin({ conversationId: group, seq: 3, pinned: true })],
      ['a revocation', (caller, group) => caller.messages.revoke({ conversationId: group, seq: 3 })],
      ['a message after all that', sends()],
    ]);
    expectSame(costs);
    // One that the lane knows what to think of is one statement, and a mention of all is one row more, for however many.
    const [known] = costs.get('a text') ?? [];
    const [toAll] = costs.get('a mention of all') ?? [];
    expect(known?.statements).toHaveLength(1);
    expect(toAll?.statements).toHaveLength(1);
    expect(known?.written).toEqual({ messages: 1, heads: 1, members: 1, doorbells: 1 });
    expect(toAll?.written).toEqual({ ...known?.written, mentions: 1 });
  }, 60_000);
});

describe('a verb of a group costs as much in a large one as in a small one', () => {
  it('rights, membership, and the looks at it', async () => {
    const costs = await costBySize([
      ['a look at it', (caller, group) => caller.groups.get({ conversationId: group })],
      ['a read mark', (caller, group) => caller.conversations.markRead({ conversationId: group, seq: 1 })],
      ['a role', (caller, group) => caller.groups.setRole({ conversationId: group, userId: 'bob', role: 'admin' })],
      ['a muting', (caller, group) => caller.groups.muteMember({ conversationId: group, userId: 'bob', forMs: 60_000 })],
      ['a muting of all', (caller, group) => caller.groups.muteAll({ conversationId: group, muted: true })],
      ['a kick', (caller, group) => caller.groups.kick({ conversationId: group, userIds: ['bob'] })],
      ['an invitation', (caller, group) => caller.groups.invite({ conversationId: group, userIds: ['bob'] })],
      ['another name', (caller, group) => caller.groups.update({ conversationId: group, name: 'Hikers' })],
      ['other rules', (caller, group) => caller.groups.update({ conversationId: group, joinMode: 'approval' })],
      ['an application', (_, group) => node.as(carol).groups.join({ conversationId: group })],
      ['what changed since', (caller, group) => caller.sync.changes({ conversationId: group, since: 2 })],
      ['a transfer', (caller, group) => caller.groups.transfer({ conversationId: group, userId: 'bob' })],
      ['a departure', (caller, group) => caller.groups.leave({ conversationId: group })],
    ]);
    expectSame(costs);
  }, 60_000);

  it('a dismissal', async () => {
    expectSame(await costBySize([['it', (caller, group) => caller.groups.dismiss({ conversationId: group })]]));
  }, 60_000);

  it('a page of its members reads no more than the page', async () => {
    const costs = await costBySize([['it', (caller, group) => caller.groups.members({ conversationId: group, limit: 50 })]]);
    const [, ofHundred, ofThousands] = costs.get('it') ?? [];
    if (ofHundred === undefined || ofThousands === undefined) throw new Error('nothing was counted');
    expect(ofThousands.statements).toEqual(ofHundred.statements);
    expect(peopleRead(ofThousands)).toBeLessThan(peopleRead(ofHundred) + deadRowsMax);
  }, 60_000);
});

describe('while an installation is being filled', () => {
  /** What is read of people and members for each person who is named, and of messages: a few rows each, wherever the planner goes. */
  const readMaxEach = 16;
  const said = 100;
  /** So often a connection plans a statement anew; after that one plan is for all. */
  const plannedAfter = 6;
  const named = Array.from({ length: 4 }, (_, i) => `extra${extras - i}`);

  it('a verb looks up those whom it names, and neither all members, nor all people, nor all that was said: of nothing is anything known', async () => {
    await using young = await createWorld();
    const [owner, other] = await people(young, 'alice', 'bob');
    await insertExtras(young);
    const group = await groupOfSize(young, extras - named.length, owner, other);
    await Promise.all(Array.from({ length: said }, () => owner.caller.messages.send(text(group))));
    const direct = await owner.caller.conversations.openDirect({ userId: 'bob' });
    await other.caller.messages.send(text(direct.id));
    await reportAll(young);
    await using counted = await createCountedNode(young);
    const caller = counted.as(owner);
    const steps: [what: string, people: number, work: () => Promise<unknown>][] = [
      ['an invitation', named.length, () => caller.groups.invite({ conversationId: group, userIds: named })],
      ['a kick', named.length, () => caller.groups.kick({ conversationId: group, userIds: named })],
      ['a muting', 1, () => caller.groups.muteMember({ conversationId: group, userId: 'bob', forMs: 60_000 })],
      ['a read mark', 2, () => counted.as(other).conversations.markRead({ conversationId: group, seq: 20 })],
      ['a read mark of a direct chat', 2, () => caller.conversations.markRead({ conversationId: direct.id, seq: 1 })],
    ];
    for (const [what, count, work] of steps) {
      const { read } = await counted.costOf(work);
      for (const table of ['members', 'users', 'messages']) {
        expect(read[table] ?? 0, `${table} read by ${what}`).toBeLessThan(readMaxEach * count);
      }
    }
  }, 60_000);

  it('a verb that was planned while there were two members looks up those whom it names, and no more of the thousands that came since', async () => {
    await using young = await createWorld();
    const [owner, other] = await people(young, 'alice', 'bob');
    await insertExtras(young);
    const group = await groupOf(owner, other);
    await using counted = await createCountedNode(young);
    const caller = counted.as(owner);
    const verbs = {
      invitation: () => caller.groups.invite({ conversationId: group, userIds: named }),
      kick: () => caller.groups.kick({ conversationId: group, userIds: named }),
      send: () => caller.messages.send(text(group)),
    };
    for (let n = 0; n < plannedAfter; n++) for (const verb of Object.values(verbs)) await verb();
    await fill(young, group, extras - named.length);
    await reportAll(young);
    for (const [what, verb] of Object.entries(verbs)) {
      const { read } = await counted.costOf(verb);
      expect(read.members ?? 0, `members read by ${what}`).toBeLessThan(readMaxEach * named.length);
    }
  }, 60_000);
});
