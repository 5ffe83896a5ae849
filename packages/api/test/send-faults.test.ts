import { createDb, createPinnedConnection, migrate, type PinnedConnection } from '@nexo/db';
import { startTestPostgres } from '@nexo/db/testing';
import { newId, type SendMessageInput } from '@nexo/shared';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { describe, expect, test, vi } from 'vitest';
import { appRouter, createLanes, isDatabaseAway, LocalBus, laneSettings, type RequestContext } from '../src/index.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { beforeStatement } from './before-statement.ts';
import { groupOf, people, refusalOf, rowsOf, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

describe('sending, when things break', () => {
  test('P14 a head that somebody keeps locked delays only its own conversation; the others of its lane go on', async () => {
    await using world = await createWorld();
    await using node = oneLane(world);
    const [alice] = await people(world, 'alice', 'bob');
    const held = (await alice.caller.conversations.openDirect({ userId: 'bob' })).id;
    const free = (await alice.caller.conversations.openDirect({ userId: 'alice' })).id;
    const inputs = Array.from({ length: 20 }, (_, i) => text(i % 2 === 0 ? held : free, `${i}`));
    const outcomes = await world.services.db.sql.begin(async (tx) => {
      await tx`select 1 from heads where conversation_id = ${held} for update`;
      return Promise.allSettled(inputs.map((input) => node.lanes.send('alice', input)));
    });
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 2 === 1) expect(outcome.status).toBe('fulfilled');
      else expect(outcome).toMatchObject({ reason: { code: 'OVERLOADED', retryAfterMs: expect.any(Number) } });
    }
    // A refusal means: not written. So the very same may be sent again, and everything is there once and in order.
    for (const input of inputs) await node.lanes.send('alice', input);
    for (const id of [held, free]) {
      const rows = await rowsOf(world, id);
      const wanted = inputs.filter((input) => input.conversationId === id).map((input) => input.clientMessageId);
      expect(rows.map((row) => row.client_message_id)).toEqual(wanted);
    }
  });

  test('P15 whenever the connection of a lane is killed, a batch is there as a whole or not at all, and retries make everything exactly once', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world, 'victim');
    const [alice, bob] = await people(world, 'alice', 'bob');
    const ids = [await groupOf(alice, bob), (await alice.caller.conversations.openDirect({ userId: 'bob' })).id];
    const inputs = ids.flatMap((id) => Array.from({ length: 150 }, (_, i) => text(id, `${i}`)));
    let open = inputs.length;
    const killer = (async () => {
      let kills = 0;
      // Not for ever: on a busy machine no batch would ever get through.
      while (open > 0 && kills < 25) {
        const rows = await world.services.db.sql<{ killed: boolean }[]>`
          select pg_terminate_backend(pid) as killed from pg_stat_activity
          where datname = current_database() and application_name = 'victim' and state <> 'idle' and query like '%heads%'`;
        kills += rows.length;
      }
      return kills;
    })();
    let refused = 0;
    async function sendUntilAnswered(user: WorldUser, input: SendMessageInput): Promise<void> {
      for (;;) {
        const answer = await node.as(user).messages.send(input).catch(refusalCode);
        if (typeof answer !== 'string') break;
        expect(['UNAVAILABLE', 'OVERLOADED']).toContain(answer);
        refused++;
      }
      open--;
    }
    // In waves, so that there are many batches to be killed.
    for (let at = 0; at < inputs.length; at += 10) {
      await Promise.all(inputs.slice(at, at + 10).map((input, i) => sendUntilAnswered(i % 2 ? alice : bob, input)));
    }
    expect(await killer).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    for (const id of ids) {
      const rows = await rowsOf(world, id);
      expect(rows.map((row) => row.seq)).toEqual(rows.map((_, i) => i + 1));
      const texts = rows.filter((row) => row.type === 'text');
      expect(new Set(texts.map((row) => row.client_message_id)).size).toBe(150);
      expect(texts).toHaveLength(150);
      const { head } = await alice.caller.conversations.get({ conversationId: id });
      expect(head).toEqual({ seq: rows.length, change: rows.length });
    }
  });

  test('P15 a connection killed between the two round trips leaves nothing of the batch', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    let kill = true;
    await using node = oneLane(world, (connection) => ({
      ...connection,
      run: (work) =>
        connection.run((sql) =>
          work(
            beforeStatement(sql, /with \?\s+insert into doorbells/, async () => {
              if (!kill) return;
              kill = false;
              const [me] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
              await world.services.db.sql`select pg_terminate_backend(${me?.pid ?? 0})`;
            }),
          ),
        ),
    }));
    const input = text(id, 'once');
    const error: unknown = await node.lanes.send('alice', input).catch((refused: unknown) => refused);
    expect(isDatabaseAway(error)).toBe(true);
    expect(await rowsOf(world, id)).toEqual([]);
    expect(await node.lanes.send('alice', input)).toMatchObject({ deduplicated: false, message: { seq: 1 } });
    expect(await rowsOf(world, id)).toHaveLength(1);
  });

  test('P15 without Postgres a send is refused with UNAVAILABLE, soon; once it is back the same input goes through once', async () => {
    await using postgres = await startTestPostgres({ durable: false });
    await using world = await createWorldOn(postgres.url);
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    await alice.caller.messages.send(text(id, 'before'));
    await postgres.kill();
    const input = text(id, 'meanwhile');
    const refused = await refusalOf(alice.caller.messages.send(input));
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfterMs: expect.any(Number) });
    expect(refused.message).not.toMatch(/ECONN|socket|127/);
    expect(await refusalOf(alice.caller.messages.list({ conversationId: id }))).toMatchObject({ code: 'UNAVAILABLE' });
    await postgres.start();
    const { message } = await vi.waitFor(() => alice.caller.messages.send(input), { timeout: 20_000, interval: 100 });
    expect(message.seq).toBe(2);
    const { items } = await vi.waitFor(() => alice.caller.messages.list({ conversationId: id }), {
      timeout: 20_000,
      interval: 100,
    });
    expect(items.map((item) => item.seq)).toEqual([1, 2]);
  }, 60_000);

  test('P15 lanes that were closed refuse with UNAVAILABLE, after everything taken was answered', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    const taken = Promise.all([1, 2, 3].map((n) => alice.caller.messages.send(text(id, `${n}`))));
    await Promise.resolve();
    await vi.waitFor(async () => expect(await rowsOf(world, id)).not.toEqual([]));
    await world.services.lanes.close();
    expect(await refusalOf(alice.caller.messages.send(text(id)))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await taken).toHaveLength(3);
  });

  test('P17 a send takes the same statements in a group of two and in a group of two hundred', async () => {
    await using world = await createWorld();
    const statements: string[] = [];
    await using node = oneLane(world, (connection) => ({
      ...connection,
      run: (work) => connection.run((sql) => work(beforeStatement(sql, /./, (statement) => void statements.push(statement)))),
    }));
    const [alice, bob] = await people(world, 'alice', 'bob');
    const small = await groupOf(alice, bob);
    const large = await groupOf(alice, bob);
    await world.services.db.sql`
      insert into members (conversation_id, user_id) select ${large}, 'member' || n from generate_series(1, 198) n`;
    await node.lanes.send('alice', text(small));
    const ofSmall = statements.splice(0);
    await node.lanes.send('alice', text(large));
    expect(statements).toEqual(ofSmall);
    expect(ofSmall.length).toBeGreaterThan(5);
  });

  test('P18 what is nobody’s fault but ours is INTERNAL: its words stay in the log, under the id that the answer names', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    const lanes = { ...world.services.lanes, send: () => Promise.reject(new Error('secret words about tables')) };
    const response = await overHttp({ ...world.services, lanes, session: alice.session, address: '', cookies: null }, text(id));
    const body: unknown = await response.json();
    expect(response.status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(body).toMatchObject({
      error: { data: { nexo: { code: 'INTERNAL', retryable: true, requestId: expect.any(String) } } },
    });
    const { requestId } = (body as { error: { data: { nexo: { requestId: string } } } }).error.data.nexo;
    expect(world.logged).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ requestId, error: new Error('secret words about tables') }) }),
    );
  });
});

const refusalCode = (error: { cause?: { code?: string } }) => error.cause?.code ?? 'unknown';

/** Lanes of one connection only, so that everything shares its fate; `wrap` may meddle with the connection. */
function oneLane(world: World, wrap: (connection: PinnedConnection) => PinnedConnection = (connection) => connection) {
  const connection = createPinnedConnection({ url: world.databaseUrl, settings: laneSettings });
  const bus = new LocalBus(world.services.log);
  const lanes = createLanes({ connections: [wrap(connection)], bus, clock: world.clock, newId });
  return {
    lanes,
    async [Symbol.asyncDispose]() {
      await lanes.close();
      await connection.close();
    },
  };
}

function overHttp(context: RequestContext, input: SendMessageInput): Promise<Response> {
  const req = new Request('http://localhost/trpc/messages.send', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  return fetchRequestHandler({ endpoint: '/trpc', req, router: appRouter, createContext: () => context });
}

/** A world on a PostgreSQL of its own, which may be killed. */
async function createWorldOn(url: string): Promise<World> {
  await migrate({ url });
  const db = createDb({ url });
  return createWorld({ database: { url, db, [Symbol.asyncDispose]: () => db.close() } });
}
