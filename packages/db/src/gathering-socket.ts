import { Socket, type SocketConstructorOpts } from 'node:net';
import { OwedAnswers } from './owed-answers.ts';

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
export function gatheringSockets(silentMaxMs: number): (target: Target) => Socket {
  let next = 0;
  return (target) => watch(make(target), silentMaxMs);

  function make({ host, port, path }: Target): Socket {
    // Documented of streams, and passed on to them.
    const options: SocketConstructorOpts & { writableHighWaterMark: number } = { writableHighWaterMark: gatheredMaxBytes };
    const socket = new Socket(options);
    // Or the end of what is said would wait for the answer to its beginning.
    socket.setNoDelay(true);
    if (path) return gather(socket.connect(path));
    const at = next++ % host.length;
    const hostName = host[at] ?? 'localhost';
    // The client reads the name from here when it checks a certificate.
    Object.assign(socket, { host: hostName });
    return gather(socket.connect(port[at] ?? 5432, hostName));
  }
}

/** Into so many parts the longest silence is cut: a flag and a rare look cost less than a timer for every statement. */
const looksPerSilence = 5;

/**
 * Gives up a socket on which an answer is owed and nothing comes for `silentMaxMs` (0: never). A machine that is gone sends no
 * goodbye, and the system itself would try for a quarter of an hour, with every call of the pool waiting. Under TLS the answers do
 * not come by here, nor do the questions: there the system's own patience holds.
 */
function watch(socket: Socket, silentMaxMs: number): Socket {
  if (silentMaxMs === 0) return socket;
  const answers = new OwedAnswers();
  let looks = 0;
  const write = socket.write as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    if (!answers.isOwed) looks = 0;
    if (args[0] instanceof Uint8Array) answers.said(args[0]);
    return write(...args);
  };
  socket.on('data', (bytes: Buffer) => {
    looks = 0;
    answers.heard(bytes);
  });
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    // Without an error: the client forgets what is said between a socket's error and its close.
    else if (answers.isOwed && ++looks > looksPerSilence) socket.destroy();
  }, silentMaxMs / looksPerSilence);
  timer.unref();
  return socket;
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
