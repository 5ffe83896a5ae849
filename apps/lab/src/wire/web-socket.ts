import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { makeFrame, opcodes, readFrames } from './web-socket-frame.ts';

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

/** The code when the connection ended without a close frame. */
const closedAbnormally = 1006;

export interface LeanWebSocketOptions {
  /** The address to come from. Loopback has millions, each with ports of its own. */
  localAddress?: string;
  /** Reads no faster than this. */
  bytesPerSecond?: number;
}

/** Opens a WebSocket to a port of 127.0.0.1. */
export function openWebSocket(
  port: number,
  path: string,
  events: LeanWebSocketEvents,
  { localAddress, bytesPerSecond }: LeanWebSocketOptions = {},
): LeanWebSocket {
  const buffer = bytesPerSecond === undefined ? readBuffer : Buffer.allocUnsafeSlow(bytesPerSecond);
  let closeCode = closedAbnormally;
  const read = makeInput({
    upgraded: () => events.open(),
    refused: () => socket.destroy(),
    frame(opcode, buffer, start, end) {
      if (opcode === opcodes.text) {
        events.message(buffer, start, end);
      } else if (opcode === opcodes.ping) {
        write(opcodes.pong, Buffer.from(buffer.subarray(start, end)));
      } else if (opcode === opcodes.close) {
        if (end - start >= 2) closeCode = buffer.readUInt16BE(start);
        socket.end();
      }
    },
  });
  const socket = connect({
    port,
    host: '127.0.0.1',
    ...(localAddress === undefined ? {} : { localAddress }),
    noDelay: true,
    onread: {
      buffer,
      callback(length) {
        read(buffer, length);
        if (bytesPerSecond === undefined) return true;
        setTimeout(() => socket.resume(), (1000 * length) / bytesPerSecond);
        return false;
      },
    },
  });
  socket.on('connect', () => socket.write(upgradeRequest(port, path)));
  // The 'close' that always follows tells the same.
  socket.on('error', () => {});
  socket.on('close', () => events.close(closeCode));

  function write(opcode: number, payload: Buffer | string): void {
    if (!socket.destroyed) socket.write(makeFrame(opcode, payload));
  }

  return {
    send: (text) => write(opcodes.text, text),
    bytesRead: () => socket.bytesRead,
    close: () => socket.destroy(),
  };
}

function upgradeRequest(port: number, path: string): string {
  const key = randomBytes(16).toString('base64');
  return (
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
  );
}

interface InputEvents {
  /** The server has answered that it speaks WebSocket from here on, or that it does not. */
  upgraded(): void;
  refused(): void;
  frame(opcode: number, buffer: Buffer, start: number, end: number): void;
}

/** Makes the function that takes what comes in, chunk by chunk: the answer to the upgrade, then frames. */
function makeInput(events: InputEvents): (chunk: Buffer, length: number) => void {
  let upgraded = false;
  /** What has begun and not come to its end yet. A copy, because the next chunk overwrites the shared buffer. */
  let rest: Buffer | null = null;

  return (chunk, length) => {
    if (rest === null) {
      read(chunk, length);
    } else {
      const joined = Buffer.concat([rest, chunk.subarray(0, length)]);
      rest = null;
      read(joined, joined.length);
    }
  };

  function read(buffer: Buffer, end: number): void {
    const from = upgraded ? 0 : readUpgrade(buffer, end);
    if (!upgraded) return;
    const at = readFrames(buffer, from, end, events.frame);
    if (at < end) rest = Buffer.from(buffer.subarray(at, end));
  }

  /** Returns where the first frame begins, once the whole answer is there. */
  function readUpgrade(buffer: Buffer, end: number): number {
    const headEnd = buffer.subarray(0, end).indexOf('\r\n\r\n');
    if (headEnd < 0) {
      rest = Buffer.from(buffer.subarray(0, end));
    } else if (buffer.toString('latin1', 0, headEnd).startsWith('HTTP/1.1 101')) {
      upgraded = true;
      events.upgraded();
    } else {
      events.refused();
    }
    return headEnd + 4;
  }
}
