import { Socket, type SocketConstructorOpts } from 'node:net';

/** More than a batch of the largest kind: what is gathered must not look like a connection that takes no more. */
const gatheredMaxBytes = 8 * 1024 * 1024;

/** Where the client was told to connect: of several hosts, each new connection takes the next. */
interface Target {
  host: string[];
  port: number[];
  path?: string | false | undefined;
}

/**
 * Makes the sockets of one client of the database, each on its way already; what is written before it has arrived waits.
 *
 * They give what is written within one turn of the loop to the system in one call. The client makes a write of every statement above
 * a kilobyte, each a call that wakes the database up for a part of what was sent together, to be executed together.
 */
export function gatheringSockets(): (target: Target) => Socket {
  let next = 0;
  return ({ host, port, path }) => {
    // Documented of streams, and passed on to them.
    const options: SocketConstructorOpts & { writableHighWaterMark: number } = { writableHighWaterMark: gatheredMaxBytes };
    const socket = new Socket(options);
    if (path) return gather(socket.connect(path));
    const at = next++ % host.length;
    const hostName = host[at] ?? 'localhost';
    // The client reads the name from here when it checks a certificate.
    Object.assign(socket, { host: hostName });
    return gather(socket.connect(port[at] ?? 5432, hostName));
  };
}

/** To be called after `connect`, which puts the usual `write` back. */
function gather(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let gathering = false;
  socket.write = (...args: unknown[]) => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      // After all promise reactions of this turn: statements that are sent together are written from several of them.
      process.nextTick(() => {
        gathering = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
  return socket;
}
