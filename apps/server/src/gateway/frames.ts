import { constants, deflateRawSync } from 'node:zlib';

/** A text frame of RFC 6455 in one piece: final, unmasked. `deflated` says that `payload` is raw DEFLATE (RFC 7692). */
export function textFrame(payload: Uint8Array, deflated: boolean): Buffer {
  const size = payload.length;
  const head = size < 126 ? 2 : size < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + size);
  frame[0] = deflated ? 0xc1 : 0x81;
  if (head === 2) {
    frame[1] = size;
  } else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(size, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(size), 2);
  }
  frame.set(payload, head);
  return frame;
}

/** Share of one core that compression may take, and how much of it may be saved up. */
const compressShare = 0.1;
const compressSavedMaxMs = 100;

/**
 * Compresses frames for connections without context takeover, where each message stands alone and can so be shared. It works on
 * the event loop and therefore within a budget of time: above it frames go out plain, which is always allowed.
 */
export class Deflater {
  readonly #fromBytes: number;
  #budgetMs = compressSavedMaxMs;
  #refilledAt = performance.now();

  constructor(fromBytes: number) {
    this.#fromBytes = fromBytes;
  }

  /** The frame of `payload`, compressed if that is worth it and the budget allows. */
  frame(payload: Uint8Array): Buffer {
    if (payload.length < this.#fromBytes) return textFrame(payload, false);
    const startedAt = performance.now();
    this.#budgetMs = Math.min(compressSavedMaxMs, this.#budgetMs + (startedAt - this.#refilledAt) * compressShare);
    this.#refilledAt = startedAt;
    if (this.#budgetMs <= 0) return textFrame(payload, false);
    const deflated = deflateRawSync(payload, { level: 3, finishFlush: constants.Z_SYNC_FLUSH });
    this.#budgetMs -= performance.now() - startedAt;
    // A sync flush ends in 00 00 ff ff, which the protocol leaves out.
    const body = deflated.subarray(0, -4);
    return body.length < payload.length ? textFrame(body, true) : textFrame(payload, false);
  }
}
