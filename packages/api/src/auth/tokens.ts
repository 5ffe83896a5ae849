import { createHash, randomBytes } from 'node:crypto';

/** The prefix lets secret scanners, and people, recognise a leaked token. */
const prefixes = { access: 'nxa_', refresh: 'nxr_', key: 'nxk_', ticket: 'nxt_' } as const;
const secretBytes = 32;

export type TokenKind = keyof typeof prefixes;

/** A new secret of 256 random bits, with the SHA-256 under which it is stored: enough for a secret that cannot be guessed. */
export function makeToken(kind: TokenKind): { token: string; hash: Uint8Array } {
  const token = prefixes[kind] + randomBytes(secretBytes).toString('base64url');
  return { token, hash: sha256(token) };
}

/** The hash to look a presented token up by; null when it cannot be one of ours, which spares the look-up. */
export function tokenHash(kind: TokenKind, token: string): Uint8Array | null {
  const length = prefixes[kind].length + Math.ceil((secretBytes * 8) / 6);
  return token.length === length && token.startsWith(prefixes[kind]) ? sha256(token) : null;
}

/** Whether this is meant to be a key of a customer's server. */
export function isKey(token: string): boolean {
  return token.startsWith(prefixes.key);
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
