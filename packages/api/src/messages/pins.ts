import type { Sql } from '@nexo/db';
import type { PinView } from '@nexo/shared';

/** The pins of a conversation, by seq. In a transaction, after the head is locked. */
export async function readPins(sql: Sql, conversationId: string): Promise<PinView[]> {
  const [row] = await sql<{ pins: PinView[] }[]>`select pins from conversations where id = ${conversationId}`;
  return row?.pins ?? [];
}

/** Puts others in their place, by the change that touches them. */
export async function writePins(sql: Sql, conversationId: string, pins: readonly PinView[], change: number): Promise<void> {
  await sql`
    update conversations set pins = ${JSON.stringify(pins)}::text::jsonb, pins_change = ${change} where id = ${conversationId}`;
}
