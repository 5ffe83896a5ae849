/** Parts that a history is cut into: one is in memory at a time when it is checked. */
export const bucketCount = 32;

/** By the last digits of the id: the first ones of a time-ordered id are alike for conversations of one day. */
export function bucketOf(conversationId: string): number {
  const number = Number.parseInt(conversationId.slice(-8), 16);
  return Number.isNaN(number) ? 0 : number % bucketCount;
}

export function bucketFile(writer: string, bucket: number): string {
  return `${writer}.bucket-${String(bucket).padStart(2, '0')}.jsonl`;
}

export function devicesFile(writer: string): string {
  return `${writer}.devices.jsonl`;
}
