/**
 * clientMessageIds of a run: UUIDv7 with the moment of the run in front, like real ones, and the number of the message in the
 * last twelve digits, so that what comes back is recognised without a table.
 */
export function clientMessageIds(startedAt: number, seed: number): { idOf(index: number): string; indexOf(id: string): number } {
  const time = startedAt.toString(16).padStart(12, '0');
  const random = (seed & 0xfff).toString(16).padStart(3, '0');
  const prefix = `${time.slice(0, 8)}-${time.slice(8)}-7${random}-8${random}-`;
  return {
    idOf: (index) => prefix + index.toString(16).padStart(12, '0'),
    indexOf: (id) => (id.startsWith(prefix) ? Number.parseInt(id.slice(prefix.length), 16) : -1),
  };
}
