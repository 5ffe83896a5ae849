/**
 * Cuts what a client and Postgres say to each other into messages, whatever the pieces in which it comes: a type byte and a length,
 * but for the client's first message, which has no type.
 */
export interface PostgresFrames {
  /** Each whole message that ends in `bytes`: its type, its body, and where in `bytes` it began (negative: in an earlier piece). */
  take(bytes: Buffer): { type: string; body: Buffer; start: number; end: number }[];
}

export function postgresFrames(hasStartup: boolean): PostgresFrames {
  let rest = Buffer.alloc(0);
  let isStartup = hasStartup;
  return {
    take(bytes) {
      const before = rest.length;
      const all = before === 0 ? bytes : Buffer.concat([rest, bytes]);
      const frames: ReturnType<PostgresFrames['take']> = [];
      let at = 0;
      for (;;) {
        const head = isStartup ? 0 : 1;
        if (all.length < at + head + 4) break;
        const end = at + head + all.readInt32BE(at + head);
        if (all.length < end) break;
        const type = isStartup ? '' : String.fromCharCode(all[at] ?? 0);
        frames.push({ type, body: all.subarray(at + head + 4, end), start: at - before, end: end - before });
        isStartup = false;
        at = end;
      }
      rest = Buffer.from(all.subarray(at));
      return frames;
    },
  };
}
