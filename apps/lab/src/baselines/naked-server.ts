import type { AddressInfo } from 'node:net';
import { createDb, type Sql } from '@nexo/db';
import { type WebSocket, WebSocketServer } from 'ws';
import { serveParent } from '../load/child.ts';
import type { BaselineMessage, NakedCommand } from './messages.ts';

/**
 * The naked pipeline: what is left of a chat server when everything that makes it one is taken away. A bare `ws`, no
 * authentication, no rules, no rights, no idempotency, no unread counts, no doorbells: a JSON send comes in, goes with what else
 * waits into one durable statement that moves the heads and inserts the rows (one index), is acknowledged, and is forwarded to the
 * partner. It speaks the same frames as the product, so that the same generator drives it.
 */
interface Send {
  id: number;
  user: string;
  conversationId: string;
  clientMessageId: string;
  content: unknown;
}

interface Person {
  socket: WebSocket | null;
  conversationId: string;
  partner: string;
  /** Messages forwarded to this one: the number by which a reader tells that none is missing. */
  forwarded: number;
}

/** As many statements are under way as the product has lanes on two cores. */
const lanes = 2;
const batchMax = 256;

serveParent<NakedCommand, BaselineMessage>(async ({ databaseUrl, pairs }, tell) => {
  const people = new Map<string, Person>();
  for (const { a, b, conversationId } of pairs) {
    people.set(a, { socket: null, conversationId, partner: b, forwarded: 0 });
    people.set(b, { socket: null, conversationId, partner: a, forwarded: 0 });
  }
  const { sql } = createDb({ url: databaseUrl, max: lanes, name: 'naked' });
  const writers = Array.from({ length: lanes }, () => makeWriter(sql, people));
  const listener = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  listener.on('connection', (socket) => accept(socket, people, writers));
  await new Promise((resolve) => listener.once('listening', resolve));
  tell({ type: 'listening', port: (listener.address() as AddressInfo).port });
});

function accept(socket: WebSocket, people: Map<string, Person>, writers: ((send: Send) => void)[]): void {
  let user = '';
  socket.on('message', (raw) => {
    const { id, method, params, data } = JSON.parse(String(raw));
    if (method === 'connectionParams') {
      user = data.token;
      const person = people.get(user);
      if (person !== undefined) person.socket = socket;
    } else if (method === 'subscription') {
      socket.send(`{"id":${id},"result":{"type":"started"}}`);
    } else if (method === 'mutation') {
      const { conversationId, clientMessageId, content } = params.input;
      const lane = Number.parseInt(conversationId.slice(-4), 16) % writers.length;
      writers[lane]?.({ id, user, conversationId, clientMessageId, content });
    } else {
      socket.send(JSON.stringify({ id, result: { type: 'data', data: standing(people.get(user)) } }));
    }
  });
}

/** The answer to whatever a reader asks: where it stands, and that it lacks nothing. */
function standing(person: Person | undefined) {
  const head = { seq: 0, change: person?.forwarded ?? 0 };
  return { items: [{ id: person?.conversationId, head }], nextCursor: null, kind: 'changes', messages: [], head };
}

/** One statement under way; what comes meanwhile goes together into the next one. */
function makeWriter(sql: Sql, people: Map<string, Person>): (send: Send) => void {
  let waiting: Send[] = [];
  let running = false;

  async function run(): Promise<void> {
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchMax);
      waiting = waiting.slice(batchMax);
      const seqs = await insert(sql, batch);
      for (const send of batch) tellBoth(send, seqs.get(send.clientMessageId) ?? 0, people);
    }
    running = false;
  }

  return (send) => {
    waiting.push(send);
    if (running) return;
    running = true;
    void run();
  };
}

async function insert(sql: Sql, batch: readonly Send[]): Promise<Map<string, number>> {
  const rows = await sql<{ id: string; seq: number }[]>`
    with sends as (
      select *, row_number() over (partition by conversation_id order by place) as n,
        count(*) over (partition by conversation_id) as total
      from unnest(
        ${batch.map((send) => send.conversationId)}::uuid[], ${batch.map((send) => send.user)}::text[],
        ${batch.map((send) => send.clientMessageId)}::uuid[], ${batch.map((send) => JSON.stringify(send.content))}::text[]
      ) with ordinality as t (conversation_id, sender_id, client_message_id, content, place)),
    moved as (
      update naked_heads h set seq = h.seq + s.total
      from (select distinct conversation_id, total from sends) s where h.conversation_id = s.conversation_id
      returning h.conversation_id, h.seq - s.total as base)
    insert into naked_messages (conversation_id, seq, sender_id, client_message_id, content)
    select s.conversation_id, m.base + s.n, s.sender_id, s.client_message_id, s.content::jsonb
    from sends s join moved m using (conversation_id)
    returning client_message_id as id, seq`;
  return new Map(rows.map((row) => [row.id, row.seq]));
}

function tellBoth({ id, user, conversationId, clientMessageId, content }: Send, seq: number, people: Map<string, Person>): void {
  const person = people.get(user);
  person?.socket?.send(`{"id":${id},"result":{"type":"data","data":{"message":{"seq":${seq}},"deduplicated":false}}}`);
  const partner = people.get(person?.partner ?? '');
  if (partner === undefined) return;
  const change = ++partner.forwarded;
  const message = { conversationId, clientMessageId, senderId: user, content, seq, change };
  const event = { type: 'message.sent', conversationId, change, message };
  partner.socket?.send(JSON.stringify({ id: 1, result: { type: 'data', data: [event] } }));
}
