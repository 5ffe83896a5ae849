import type { IncomingMessage } from 'node:http';
import { addressKey, cookieNames, type Settings } from '@nexo/api';
import { limits } from '@nexo/shared';
import { readCookie } from '../cookies.ts';

export interface HandshakesOptions {
  /** Exact origins that browsers may come from. */
  origins: ReadonlySet<string>;
  settings: Settings;
}

export type Verdict = { accepted: true; cookieToken: string | undefined } | { accepted: false; status: number; reason: string };

/** Names that people give to tokens in addresses, where every proxy would log them. */
const tokenParameters = ['token', 'access_token', 'accessToken', 'auth', 'authorization', 'jwt', 'ticket'];

/** Decides before the upgrade who may open a WebSocket, and counts those that have not said yet who they are. */
export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #unauthenticated = new Map<string, number>();
  #total = 0;
  #closed = false;

  constructor(options: HandshakesOptions) {
    this.#options = options;
  }

  /** From now on everybody is sent away. */
  close(): void {
    this.#closed = true;
  }

  check(req: IncomingMessage, address: string): Verdict {
    if (this.#closed) return refuse(503, 'The server is restarting');
    const { origin } = req.headers;
    const cookieToken = readCookie(req, cookieNames(this.#options.settings).access);
    if (origin === undefined) {
      // No browser leaves the origin out; what else comes with a cookie has no business with it.
      if (req.headers.cookie !== undefined) return refuse(403, 'Cookies need an Origin');
    } else if (!this.#options.origins.has(origin)) {
      return refuse(403, 'This origin is not among the PUBLIC_ORIGINS of the server');
    }
    const parameters = parametersOf(req);
    if (parameters === null) return refuse(400, 'The Host or the address is not one');
    if (tokenParameters.some((name) => parameters.has(name))) {
      return refuse(400, 'A token does not belong into an address; send it in the connection parameters');
    }
    const mine = this.#unauthenticated.get(addressKey(address)) ?? 0;
    if (this.#total >= limits.unauthenticatedMax || mine >= limits.unauthenticatedMaxPerAddress) {
      return refuse(503, 'Too many connections are being opened');
    }
    return { accepted: true, cookieToken };
  }

  /** Counts a socket as unauthenticated until the returned function is called; calling it again does nothing. */
  enter(address: string): () => void {
    this.#total++;
    const key = addressKey(address);
    this.#unauthenticated.set(key, (this.#unauthenticated.get(key) ?? 0) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#total--;
      const mine = (this.#unauthenticated.get(key) ?? 1) - 1;
      if (mine === 0) this.#unauthenticated.delete(key);
      else this.#unauthenticated.set(key, mine);
    };
  }
}

/** Read from the whole address, as tRPC does when it takes the socket; null when there is none, for the Host is anything the sender likes. */
function parametersOf(req: IncomingMessage): URLSearchParams | null {
  try {
    return new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`).searchParams;
  } catch {
    return null;
  }
}

function refuse(status: number, reason: string): Verdict {
  return { accepted: false, status, reason };
}
