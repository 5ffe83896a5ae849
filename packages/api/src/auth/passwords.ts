import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { AppError } from '@nexo/shared';
import { hash, type Options, parseOptions, verify } from '@node-rs/argon2';

/** argon2id (the library's default algorithm) as OWASP advises: 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } satisfies Options;

/** The only place where passwords are hashed. Every method may throw OVERLOADED: nothing was done, try again later. */
export interface Passwords {
  /** The encoded argon2id hash to store. */
  hash(password: string): Promise<string>;
  /** Whether the password is the one of `encoded`. null (no such account) costs the same time and is never right. */
  verify(encoded: string | null, password: string): Promise<boolean>;
  /** Whether `encoded` was made with other parameters than today's. */
  isOutdated(encoded: string): boolean;
}

export interface PasswordsOptions {
  /** Hashes computed at once. Default: one core less than there are, so that a flood of logins leaves one to the sockets. */
  concurrency?: number;
  /** Predicted wait above which a hash is refused. */
  queueMaxMs?: number;
}

export function makePasswords(options: PasswordsOptions = {}): Passwords {
  const concurrency = options.concurrency ?? Math.max(1, availableParallelism() - 1);
  const run = boundedRunner(concurrency, options.queueMaxMs ?? 250);
  const nobodysHash = hashOfNothing();
  return {
    hash: (password) => run(() => hash(normalize(password), parameters)),
    async verify(encoded, password) {
      const right = await run(() => verify(encoded ?? nobodysHash, normalize(password)));
      return encoded !== null && right;
    },
    isOutdated(encoded) {
      const used = parseOptions(encoded);
      return (
        used.memoryCost !== parameters.memoryCost ||
        used.timeCost !== parameters.timeCost ||
        used.parallelism !== parameters.parallelism ||
        !encoded.startsWith('$argon2id$')
      );
    },
  };
}

/** The same password typed on two keyboards may come in two Unicode forms. */
function normalize(password: string): string {
  return password.normalize('NFKC');
}

/** A well-formed hash that no password has. */
function hashOfNothing(): string {
  const base64 = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '');
  const { memoryCost, timeCost, parallelism } = parameters;
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(16)}$${base64(32)}`;
}

/** Runs at most `concurrency` works at once. The queue is bounded by the wait that the last works' times predict. */
function boundedRunner(concurrency: number, queueMaxMs: number) {
  let running = 0;
  /** Moving average of one work's time. The first guess is that of a slow machine. */
  let usualMs = 50;
  const waiting: (() => void)[] = [];

  return async function run<T>(work: () => Promise<T>): Promise<T> {
    if (running >= concurrency) {
      const waitMs = (Math.floor(waiting.length / concurrency) + 1) * usualMs;
      // One may always wait, or a machine slower than the bound could never serve two people at once.
      if (waitMs > queueMaxMs && waiting.length > 0) throw new AppError('OVERLOADED', { retryAfterMs: Math.ceil(waitMs) });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running++;
    }
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      usualMs += (performance.now() - startedAt - usualMs) / 8;
      const next = waiting.shift();
      // The place passes to the next in line without becoming free in between.
      if (next === undefined) running--;
      else next();
    }
  };
}
