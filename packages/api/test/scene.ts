import { newId, type SendMessageInput, type SendMessageResult } from '@nexo/shared';
import type { World, WorldUser } from '../src/testing/index.ts';

/** Registers people with these ids, in this order. */
export async function people<const Ids extends readonly string[]>(
  world: World,
  ...ids: Ids
): Promise<{ [K in keyof Ids]: WorldUser }> {
  const users: WorldUser[] = [];
  for (const id of ids) users.push(await world.user(id));
  return users as { [K in keyof Ids]: WorldUser };
}

/** A group of these people; the first is its owner. */
export async function groupOf(owner: WorldUser, ...others: WorldUser[]): Promise<string> {
  const { id } = await owner.caller.groups.create({ name: 'Climbers', memberIds: others.map((other) => other.id) });
  return id;
}

/** A new message with an id of its own. */
export function text(conversationId: string, words = 'hello', more: Partial<SendMessageInput> = {}): SendMessageInput {
  return { conversationId, clientMessageId: newId(), content: { type: 'text', text: words }, ...more };
}

/** Sends one text after the other. */
export async function say(user: WorldUser, conversationId: string, ...texts: string[]): Promise<SendMessageResult[]> {
  const results: SendMessageResult[] = [];
  for (const words of texts) results.push(await user.caller.messages.send(text(conversationId, words)));
  return results;
}

/** The code of the refusal that `call` must end with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return (await refusalOf(call)).code;
}

/** The refusal that `call` must end with, as a client gets it: its code, words and further data. */
export async function refusalOf(call: Promise<unknown>): Promise<{ code: string; message: string; [more: string]: unknown }> {
  const error: unknown = await call.then(
    (value) => {
      throw new Error(`was not refused but answered ${JSON.stringify(value)}`);
    },
    (refused: unknown) => refused,
  );
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'toData' in cause && typeof cause.toData === 'function') {
    return { message: cause.message, ...cause.toData() };
  }
  throw error;
}

/** All messages of a conversation as the database has them, by seq. */
export async function rowsOf(world: World, conversationId: string) {
  return world.services.db.sql<
    { seq: number; last_change: number; sender_id: string; client_message_id: string; type: string; countable_seq: number }[]
  >`
    select seq, last_change, sender_id, client_message_id, type, countable_seq from messages
    where conversation_id = ${conversationId} order by seq`;
}

/** How many doorbells name this conversation or user, and the changes that they cover. */
export async function doorbellsOf(world: World, id: string): Promise<{ from: number; to: number }[]> {
  return world.services.db.sql<{ from: number; to: number }[]>`
    select coalesce((x.value->>'from')::int, (x.value->>'change')::int) as from,
      coalesce((x.value->>'to')::int, (x.value->>'change')::int) as to
    from doorbells d, jsonb_array_elements(d.heads->'conversations' || (d.heads->'users')) x
    where x.value->>'id' = ${id} order by d.id`;
}

/** Connections of a world's pool. */
const poolSize = 4;

/**
 * What the connections of the world have done so far is told of them now, and not while something is counted: each holds a transaction
 * until all of them do.
 */
export async function reportAll({ services }: World): Promise<void> {
  let begun = 0;
  let letGo = () => {};
  const allBegun = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const reports = Array.from({ length: poolSize }, () =>
    services.db.sql.begin(async (sql) => {
      await sql`select pg_stat_force_next_flush()`;
      if (++begun === poolSize) letGo();
      await allBegun;
    }),
  );
  await Promise.all(reports);
}
