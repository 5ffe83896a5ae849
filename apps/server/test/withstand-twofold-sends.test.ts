import { createTestDatabase } from '@nexo/db/testing';
import { checkHistory, readStored, type SendRecord } from '@nexo/lab/check';
import { seedAccounts, startServerProcess } from '@nexo/lab/harness';
import { connectWire, makeReader, type WireClient, WireError } from '@nexo/lab/wire';
import { type ConversationView, newId, type SendMessageResult } from '@nexo/shared';
import { expect, it, onTestFinished } from 'vitest';

const senders = 50;
const messagesEach = 20;

it('50 senders on one conversation at once, each request sent twice to two processes: every clientMessageId once, seq 1…n without a hole, the same order for every reader', async () => {
  await using database = await createTestDatabase();
  const servers = await Promise.all(
    [1, 2].map(async () => {
      const server = await startServerProcess({ databaseUrl: database.url, code: 'source' });
      onTestFinished(() => server.stop());
      return server;
    }),
  );
  const accounts = await seedAccounts(database.db, senders);

  const connect = async (server: number, accessToken: string, reader?: ReturnType<typeof makeReader>) => {
    const wire = await connectWire(servers[server]?.port ?? 0, accessToken, {
      items: (items) => {
        for (const item of items) reader?.take(item);
      },
      answered: () => {},
      closed: () => {},
    });
    onTestFinished(() => wire.close());
    return wire;
  };

  const [owner, ...others] = accounts;
  if (owner === undefined) throw new Error('nobody');
  const founder = await connect(0, owner.accessToken);
  const { id: conversationId } = await founder.call<ConversationView>('mutation', 'groups.create', {
    name: 'Everybody',
    memberIds: others.map((account) => account.id),
  });

  // Half of them read at the one server, half at the other.
  const people = await Promise.all(
    accounts.map(async (account, i) => {
      const reader = makeReader(conversationId, () => {});
      const [home, away] = [i % 2, (i + 1) % 2];
      const reading = await connect(home, account.accessToken, reader);
      await reading.subscribe();
      await reader.begin(reading);
      return { account, reader, wires: [reading, await connect(away, account.accessToken)] as const };
    }),
  );

  const sends: SendRecord[] = [];
  await Promise.all(
    people.flatMap(({ account, wires }) =>
      Array.from({ length: messagesEach }, async (_, i) => {
        const input = { conversationId, clientMessageId: newId(), content: { type: 'text', text: `${account.id} says ${i} ✓` } };
        const [one, two] = await Promise.all(wires.map((wire) => insist(wire, input)));
        expect(one?.message).toEqual(two?.message);
        expect([one?.deduplicated, two?.deduplicated].sort()).toEqual([false, true]);
        const ackedSeqs = [one?.message.seq ?? 0, two?.message.seq ?? 0];
        const { clientMessageId, content } = input;
        sends.push({ conversationId, senderId: account.id, clientMessageId, text: content.text, outcome: 'acked', ackedSeqs });
      }),
    ),
  );

  await Promise.all(people.map(({ reader }) => reader.finish()));
  const { stored, heads } = await readStored(database.db.sql, [conversationId]);
  const readings = people.map(({ account, reader }) => ({ reader: account.id, conversationId, ...reader }));
  expect(checkHistory({ sends, stored, heads, readings })).toEqual([]);
  expect(stored.filter((row) => row.text !== null)).toHaveLength(senders * messagesEach);
}, 120_000);

/** Sends until it is acknowledged. Being told of too much load is part of life; any other refusal would be a fault. */
async function insist(wire: WireClient, input: object): Promise<SendMessageResult> {
  for (;;) {
    try {
      return await wire.call<SendMessageResult>('mutation', 'messages.send', input);
    } catch (error) {
      if (!(error instanceof WireError) || error.data?.code !== 'OVERLOADED') throw error;
      await new Promise((resolve) => setTimeout(resolve, error.data?.retryAfterMs));
    }
  }
}
