/** Frames of the WebSocket protocol (RFC 6455, section 5), as far as one whole message is one frame. */
export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/** The bytes of a frame before its payload, told from the first two. Servers do not mask. */
function headLengthAt(buffer: Buffer, at: number): number {
  const length = (buffer[at + 1] ?? 0) & 0x7f;
  if (length === 126) return 4;
  return length === 127 ? 10 : 2;
}

function payloadLengthAt(buffer: Buffer, at: number, headLength: number): number {
  if (headLength === 4) return buffer.readUInt16BE(at + 2);
  return headLength === 10 ? Number(buffer.readBigUInt64BE(at + 2)) : (buffer[at + 1] ?? 0) & 0x7f;
}

/**
 * Hands over every whole frame in bytes [from, end), its payload in place, and returns where the first frame begins that has
 * not come to its end yet (`end` if there is none).
 */
export function readFrames(
  buffer: Buffer,
  from: number,
  end: number,
  take: (opcode: number, buffer: Buffer, start: number, end: number) => void,
): number {
  let at = from;
  while (end - at >= 2) {
    const headLength = headLengthAt(buffer, at);
    if (end - at < headLength) break;
    const first = buffer[at] ?? 0;
    const start = at + headLength;
    const frameEnd = start + payloadLengthAt(buffer, at, headLength);
    if (end < frameEnd) break;
    if (first < 0x80) throw new Error('The server sent a fragmented message, which this client does not read.');
    at = frameEnd;
    take(first & 0x0f, buffer, start, frameEnd);
  }
  return at;
}

/** Masked, as a client must, with a mask of zeros: what it protects against (proxies that guess) is not on this road. */
export function makeFrame(opcode: number, payload: Buffer | string): Buffer {
  const length = Buffer.byteLength(payload);
  const headLength = length < 126 ? 6 : 8;
  const frame = Buffer.allocUnsafe(headLength + length);
  frame[0] = 0x80 | opcode;
  if (length < 126) {
    frame[1] = 0x80 | length;
  } else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  }
  frame.fill(0, headLength - 4, headLength);
  if (typeof payload === 'string') frame.write(payload, headLength);
  else payload.copy(frame, headLength);
  return frame;
}
