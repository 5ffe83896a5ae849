import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a PostgreSQL on which every statement is noted, whoever says it and however it is said. */
export interface CountedRoad extends AsyncDisposable {
  /** The database at the end of it, to be opened instead of its own address. */
  url: string;
  /** The statements that were executed while `work` ran, in their order. */
  during(work: () => Promise<unknown>): Promise<string[]>;
}

/** Opens such a road to the database of `url`. What it notes is what went down the wire: a wrapper of a client misses what it does not know. */
export async function countStatements(url: string): Promise<CountedRoad> {
  const target = new URL(url);
  const executed: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upward = connect(Number(target.port), target.hostname);
    const read = statementReader((statement) => executed.push(statement));
    for (const [socket, other] of [
      [client, upward],
      [upward, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      read(chunk);
      upward.write(chunk);
    });
    upward.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const counted = new URL(url);
  counted.hostname = '127.0.0.1';
  counted.port = String((server.address() as AddressInfo).port);
  return {
    url: counted.href,
    async during(work) {
      const from = executed.length;
      await work();
      return executed.slice(from);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * Reads what a client says (PostgreSQL's protocol, message formats): after a startup message without a type each has a type and a length.
 * `Parse` names a statement, `Bind` chooses one, `Execute` runs it; `Query` is all of that at once.
 */
function statementReader(executed: (statement: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let hasBegun = false;
  let bound = '';
  const statements = new Map<string, string>();
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const typeBytes = hasBegun ? 1 : 0;
      if (rest.length < typeBytes + 4) return;
      const length = typeBytes + rest.readUInt32BE(typeBytes);
      if (rest.length < length) return;
      const type = hasBegun ? String.fromCharCode(rest[0] ?? 0) : '';
      const [first = '', second = ''] = rest.toString('utf8', typeBytes + 4, length).split('\0', 2);
      if (type === 'P') statements.set(first, second);
      else if (type === 'B') bound = statements.get(second) ?? '';
      else if (type === 'E') executed(bound);
      else if (type === 'Q') executed(first);
      hasBegun = true;
      rest = rest.subarray(length);
    }
  };
}
