import { connect, createServer, type Socket } from 'node:net';

/**
 * A road between clients and the server with faults on demand. It passes bytes on, and understands as much of WebSocket as it
 * takes to lose one whole frame that the server sends: the socket stays healthy, and only its content is missing.
 */
export interface FaultProxy extends AsyncDisposable {
  port: number;
  url: string;
  /** Loses the next text message to a client that `match` accepts; resolves with it when that has happened. */
  loseNext(match: (text: string) => boolean): Promise<string>;
  /** From now on lets so much of what the server sends through, on every connection; null: everything, at once. */
  slowDown(bytesPerSecond: number | null): void;
}

/** How often a slow connection moves on. */
const turnMs = 50;

export async function startFaultProxy(serverPort: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  /** How to let more through after a change of the speed. */
  const flows = new Set<() => void>();
  let bytesPerTurn: number | null = null;
  let loss: { match(text: string): boolean; done(text: string): void } | undefined;

  /** Whether to lose this message. */
  const isLost = (text: string) => {
    if (loss === undefined || !loss.match(text)) return false;
    loss.done(text);
    loss = undefined;
    return true;
  };

  const listener = createServer((client) => {
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    const request = withoutExtensions();
    const frames = passFrames(isLost);
    sockets.add(client).add(server);
    client.on('data', (chunk: Buffer) => {
      for (const part of request(chunk)) server.write(part);
    });
    const pass = (chunk: Buffer) => {
      for (const part of frames(chunk)) client.write(part);
    };
    // In paused mode the rest stays in the kernel's buffers, and then the server feels it.
    const flow = () => {
      const chunk = server.read(bytesPerTurn === null ? undefined : Math.min(bytesPerTurn, server.readableLength) || 1);
      if (chunk !== null) pass(chunk);
    };
    const turns = setInterval(() => {
      if (bytesPerTurn !== null) flow();
    }, turnMs);
    server.on('readable', () => {
      while (bytesPerTurn === null && server.readableLength > 0) flow();
    });
    flows.add(flow);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        clearInterval(turns);
        flows.delete(flow);
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const port = await new Promise<number>((resolve) => {
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    loseNext: (match) =>
      new Promise((done) => {
        loss = { match, done };
      }),
    slowDown(bytesPerSecond) {
      bytesPerTurn = bytesPerSecond === null ? null : (bytesPerSecond * turnMs) / 1000;
      for (const flow of flows) flow();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

type Pass = (chunk: Buffer) => Buffer[];

/** Takes the offer of compression out of the handshake, so that the frames can be read. */
function withoutExtensions(): Pass {
  let head: Buffer | null = Buffer.alloc(0);
  return (chunk) => {
    if (head === null) return [chunk];
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return [];
    const text = head.toString('latin1', 0, end).replace(/\r\nsec-websocket-extensions:[^\r]*/gi, '');
    const passed = Buffer.concat([Buffer.from(text, 'latin1'), head.subarray(end)]);
    // Only a connection that becomes a WebSocket has one request: others are passed on request by request, as they come.
    head = /\r\nupgrade: *websocket/i.test(text) ? null : Buffer.alloc(0);
    return [passed];
  };
}

/** Passes an HTTP answer as it is; after a 101, frame by frame. */
function passFrames(isLost: (text: string) => boolean): Pass {
  let state: 'answer' | 'http' | 'frames' = 'answer';
  let rest = Buffer.alloc(0);
  return (chunk) => {
    if (state === 'http') return [chunk];
    const passed: Buffer[] = [];
    rest = Buffer.concat([rest, chunk]);
    if (state === 'answer') {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return [];
      state = rest.toString('latin1', 0, 12) === 'HTTP/1.1 101' ? 'frames' : 'http';
      const head = state === 'frames' ? rest.subarray(0, end + 4) : rest;
      passed.push(head);
      rest = rest.subarray(head.length);
    }
    for (let frame = firstFrame(rest); frame !== null; frame = firstFrame(rest)) {
      const bytes = rest.subarray(0, frame.end);
      const isText = ((bytes[0] ?? 0) & 0x0f) === 1;
      if (!isText || !isLost(bytes.toString('utf8', frame.start))) passed.push(bytes);
      rest = rest.subarray(frame.end);
    }
    return passed;
  };
}

/** Where the payload of the first whole frame begins and ends; frames of a server are not masked. */
function firstFrame(buffer: Buffer): { start: number; end: number } | null {
  if (buffer.length < 2) return null;
  let length = (buffer[1] ?? 0) & 0x7f;
  let start = 2;
  if (length === 126) {
    if (buffer.length < 4) return null;
    length = buffer.readUInt16BE(2);
    start = 4;
  } else if (length === 127) {
    if (buffer.length < 10) return null;
    length = Number(buffer.readBigUInt64BE(2));
    start = 10;
  }
  return buffer.length < start + length ? null : { start, end: start + length };
}
