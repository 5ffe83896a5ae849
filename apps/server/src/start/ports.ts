import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError } from '@nexo/db/embedded';

/** The server of a killed run lets go of its port within this time. */
const patienceMs = 2_000;
const retryEveryMs = 50;

/** Throws OperatorError when the public port cannot be had: better than a server that dies after everything else is up. */
export async function requirePort(port: number, host: string): Promise<void> {
  for (const start = performance.now(); ; await delay(retryEveryMs)) {
    const code = await listenOnce(port, host).then(
      () => null,
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
    if (code === null) return;
    if (code === 'EADDRINUSE' && performance.now() - start < patienceMs) continue;
    if (code === 'EADDRINUSE') {
      throw new OperatorError(
        `Port ${port} is in use by another program. Stop that one, or take another port: PORT=${port + 1} npm start`,
      );
    }
    if (code === 'EACCES') {
      throw new OperatorError(`Port ${port} needs more rights than this user has. Take one above 1023: PORT=3000 npm start`);
    }
    throw new OperatorError(
      `This machine cannot listen on ${host}, port ${port} (${code}). Set HOST to an address of this machine.`,
    );
  }
}

/** A port that is free now, on this machine's own address. */
export function findFreePort(): Promise<number> {
  return listenOnce(0, '127.0.0.1');
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
