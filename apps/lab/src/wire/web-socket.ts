import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/**
 * The least of a WebSocket client (RFC 6455) that the load generator needs: loopback, text frames, no fragments, no compression.
 * One process plays a thousand people on the cores that it shares with the system under test, so what a receiver costs here is
 * taken from what is measured: all sockets read into one buffer, and a payload is handed over in place.
 */
export interface LeanWebSocket {
  send(text: string): void;
  /** Bytes that came in so far. */
  bytesRead(): number;
  close(): void;
}

export interface LeanWebSocketEvents {
  open(): void;
  /** One text message: bytes [start, end) of `buffer`, which is reused after the call. */
  message(buffer: Buffer, start: number, end: number): void;
  /** The code of the close frame; 1006 without one. */
  close(code: number): void;
}

/** libuv hands a chunk over before it reads the next one into the buffer, so all sockets can share it. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

const opText = 1;
const opClose = 8;
const opPing = 9;
const opPong = 10;

export function openWebSocket(port: number, path: string, events: LeanWebSocketEvents): LeanWebSocket {
  let open = false;
  let closeCode = 1006;
  /** The beginning of a frame whose rest has not come yet. */
  let rest: Buffer | null = null;

  const socket: Socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: readBuffer,
      callback(length) {
        if (rest === null) {
          read(readBuffer, length);
        } else {
          const joined = Buffer.concat([rest, readBuffer.subarray(0, length)]);
          rest = null;
          read(joined, joined.length);
        }
        return true;
      },
    },
  });
  socket.on('connect', () => {
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
  });
  socket.on('error', () => {});
  socket.on('close', () => events.close(closeCode));

  function read(buffer: Buffer, end: number): void {
    let at = 0;
    if (!open) {
      const headEnd = buffer.subarray(0, end).indexOf('\r\n\r\n');
      if (headEnd < 0) {
        rest = Buffer.from(buffer.subarray(0, end));
        return;
      }
      if (!buffer.toString('latin1', 0, headEnd).startsWith('HTTP/1.1 101')) {
        socket.destroy();
        return;
      }
      open = true;
      at = headEnd + 4;
      events.open();
    }
    while (end - at >= 2) {
      const first = buffer[at] ?? 0;
      let length = (buffer[at + 1] ?? 0) & 0x7f;
      let headLength = 2;
      if (length === 126) {
        headLength = 4;
        if (end - at < headLength) break;
        length = buffer.readUInt16BE(at + 2);
      } else if (length === 127) {
        headLength = 10;
        if (end - at < headLength) break;
        length = Number(buffer.readBigUInt64BE(at + 2));
      }
      const start = at + headLength;
      if (end < start + length) break;
      at = start + length;
      if (first < 0x80) throw new Error('The server sent a fragmented message, which this client does not read.');
      const opcode = first & 0x0f;
      if (opcode === opText) {
        events.message(buffer, start, at);
      } else if (opcode === opPing) {
        write(opPong, Buffer.from(buffer.subarray(start, at)));
      } else if (opcode === opClose) {
        if (length >= 2) closeCode = buffer.readUInt16BE(start);
        socket.end();
      }
    }
    if (at < end) rest = Buffer.from(buffer.subarray(at, end));
  }

  /** Masked, as a client must, with a mask of zeros: what it protects against (proxies that guess) is not on this road. */
  function write(opcode: number, payload: Buffer | string): void {
    if (socket.destroyed) return;
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
    socket.write(frame);
  }

  return {
    send: (text) => write(opText, text),
    bytesRead: () => socket.bytesRead,
    close: () => socket.destroy(),
  };
}
