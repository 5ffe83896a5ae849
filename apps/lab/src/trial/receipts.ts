import { type Line, nowMicros } from '../history/line.ts';
import type { Device } from './device/device.ts';

/** Asks who has read one of the last messages that this device has sent to a group. */
export async function askReceipts(
  device: Device,
  [, which, what]: readonly [number, number, number],
  write: (line: Line) => void,
): Promise<void> {
  const { client, by } = device;
  const places = device.writable('group').filter(({ id }) => device.ownSeqs(id).length > 0);
  const view = places[Math.floor(which * places.length)];
  if (client === null || view === undefined) return;
  const own = device.ownSeqs(view.id).slice(-5);
  const seq = own[Math.floor(what * own.length)];
  if (seq === undefined) return;
  const from = nowMicros();
  try {
    const { readCount, outOf, readBy = [], notYetReadBy = [] } = await client.messages.receipts(view.id, seq);
    write({ t: nowMicros(), by, in: view.id, op: 'receipts', from, seq, readCount, outOf, readBy, notYetReadBy });
  } catch {
    // Only an answer can be wrong.
  }
}
