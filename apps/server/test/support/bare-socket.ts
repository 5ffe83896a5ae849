import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** The network socket of a WebSocket that is open, and nothing on top of it. `extensions` are offered in the handshake. */
export async function bareSocket(port: number, token: string, extensions?: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  const offer = extensions === undefined ? '' : `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  socket.write(
    `GET /trpc?connectionParams=1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n${offer}\r\n`,
  );
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () => reject(new Error('closed during the handshake')));
  });
  if (!answer.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(answer.toString('latin1'));
  socket.write(textFrame({ method: 'connectionParams', data: { token } }));
  return socket;
}

export function textFrame(value: unknown): Buffer {
  return frame(0x81, Buffer.from(JSON.stringify(value)));
}

/** A frame with this first byte, masked with zeros, which change nothing. `saidBytes` is the length that it claims to have. */
export function frame(first: number, payload: Buffer, saidBytes = payload.length): Buffer {
  const long = Buffer.alloc(8);
  long.writeBigUInt64BE(BigInt(saidBytes));
  const length = saidBytes < 126 ? [0x80 | saidBytes] : saidBytes < 65_536 ? [0xfe, ...long.subarray(6)] : [0xff, ...long];
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), payload]);
}

/** What a process holds in memory. */
export function residentMiB(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4096) / 2 ** 20;
}
