import type { WebSocketLike } from '../types/options.ts';

/** What the server does with the other end of a socket. */
export interface ServerEnd {
  received(text: string): void;
  closed(): void;
}

type Listener = (event: never) => void;

/**
 * A socket whose frames lie still in both directions until somebody delivers them, so that a test writes every interleaving by
 * hand: `link.toServer` and `link.toClient` are what is on the way.
 */
export class SocketPair implements WebSocketLike {
  readonly url: string;
  toServer: string[] = [];
  toClient: string[] = [];
  isOpen = false;
  isClosed = false;
  #server: ServerEnd | null = null;
  readonly #listeners = new Map<string, Listener[]>();

  constructor(url: string) {
    this.url = url;
  }

  // The client's end.

  send(data: string): void {
    if (!this.isClosed) this.toServer.push(data);
  }

  close(code = 1005): void {
    this.cut(code);
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  // The network.

  /** The handshake succeeds. */
  open(server: ServerEnd): void {
    if (this.isOpen || this.isClosed) return;
    this.isOpen = true;
    this.#server = server;
    this.#tell('open', undefined);
  }

  /** Delivers up to `count` frames of each direction; returns how many there were. */
  deliver(count = Number.POSITIVE_INFINITY): number {
    return this.deliverToServer(count) + this.deliverToClient(count);
  }

  deliverToServer(count = Number.POSITIVE_INFINITY): number {
    const frames = this.toServer.splice(0, count);
    for (const frame of frames) this.#server?.received(frame);
    return frames.length;
  }

  deliverToClient(count = Number.POSITIVE_INFINITY): number {
    const frames = this.toClient.splice(0, count);
    for (const data of frames) if (!this.isClosed) this.#tell('message', { data });
    return frames.length;
  }

  /** Ends it; what is on the way is lost. */
  cut(code = 1006): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.toServer = [];
    this.toClient = [];
    this.#server?.closed();
    this.#tell('close', { code, reason: '' });
  }

  /** The client's process is gone: only the server hears of it. */
  vanish(): void {
    this.#listeners.clear();
    this.cut();
  }

  #tell(type: string, event: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}
