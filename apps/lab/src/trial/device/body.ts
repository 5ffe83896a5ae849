import type { Runtime, StorageMaker, WebSocketLike } from '@nexo/client';
import { WebSocket } from 'ws';
import type { Random } from '../../load/random.ts';
import type { WireTap } from './wire-tap.ts';

/** What a write takes until it is durable, at most: a power cut in between loses it. */
const writeMaxMs = 4;

/**
 * What an engine lives in: a clock, timers, a network, all of which end at once and without a word when the power is cut. The
 * engine hears nothing of it and gets no chance to say goodbye, like a tab that is killed or a phone whose battery dies.
 */
export interface Body {
  runtime: Partial<Runtime>;
  /** The device's storage as this life sees it. */
  storage(kept: StorageMaker): StorageMaker;
  /** How wrong the clock of the device is. */
  setClock(offsetMs: number): void;
  /** Without a network nothing comes or goes, and nobody says so. */
  setOnline(online: boolean): void;
  cutPower(): void;
}

type EnvironmentListener = (what: 'online' | 'offline' | 'visible') => void;

export function makeBody(tap: WireTap, random: Random): Body {
  let isAlive = true;
  let isOnline = true;
  let clockOffsetMs = 0;
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const sockets = new Set<WebSocket>();
  const listeners = new Set<EnvironmentListener>();
  const never = () => new Promise<never>(() => {});

  class TappedSocket implements WebSocketLike {
    readonly #socket: WebSocket | null;
    readonly #spoken = tap.openSocket();
    #closeListeners: ((event: { code: number; reason: string }) => void)[] = [];

    constructor(url: string) {
      this.#socket = isOnline ? new WebSocket(url) : null;
      if (this.#socket === null) {
        runtime.setTimeout?.(() => this.#closed(1006, ''), 1);
        return;
      }
      sockets.add(this.#socket);
      this.#socket.on('error', () => {});
      this.#socket.on('close', (code, reason) => {
        if (this.#socket !== null) sockets.delete(this.#socket);
        if (isAlive && isOnline) this.#closed(code, reason.toString());
      });
    }

    #closed(code: number, reason: string): void {
      this.#spoken.closed();
      for (const listener of this.#closeListeners.splice(0)) listener({ code, reason });
    }

    send(data: string): void {
      if (!isAlive) return;
      this.#spoken.sent(data);
      // What is sent without a network is gone; the engine finds out by itself.
      if (isOnline && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(data);
    }

    close(code?: number, reason?: string): void {
      if (!isAlive) return;
      this.#spoken.closed();
      this.#socket?.close(code, reason);
    }

    addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: never) => void): void {
      if (type === 'close') {
        this.#closeListeners.push(listener as (event: { code: number; reason: string }) => void);
        return;
      }
      this.#socket?.addEventListener(type as 'message', (event) => {
        if (!isAlive || !isOnline) return;
        if (type === 'message' && typeof event.data === 'string') this.#spoken.received(event.data);
        (listener as (event: unknown) => void)(event);
      });
    }
  }

  const runtime: Partial<Runtime> = {
    now: () => Date.now() + clockOffsetMs,
    random,
    setTimeout(work, ms) {
      if (!isAlive) return undefined;
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (isAlive) work();
      }, ms);
      timers.add(timer);
      return timer;
    },
    clearTimeout(handle) {
      if (handle === undefined) return;
      const timer = handle as ReturnType<typeof setTimeout>;
      timers.delete(timer);
      clearTimeout(timer);
    },
    async fetch(input, init) {
      if (!isAlive) return never();
      if (!isOnline) throw new TypeError('fetch failed: the device is offline');
      const told = tap.fetched(String(input), init);
      try {
        const response = await fetch(input, init);
        if (!isAlive) return never();
        if (!isOnline) throw new TypeError('fetch failed: the device is offline');
        const text = await response.text();
        told.answered(text);
        return new Response(text, { status: response.status, headers: { 'content-type': 'application/json' } });
      } catch (error) {
        if (!isAlive) return never();
        told.failed();
        throw error;
      }
    },
    WebSocket: TappedSocket,
    isOnline: () => isOnline,
    onEnvironment(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    locks: undefined,
  };

  return {
    runtime,
    storage: (kept) => async (userId) => {
      const storage = await kept(userId);
      const alive =
        <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
        (...args: A): Promise<R> =>
          isAlive ? work(...args) : never();
      return {
        loadState: alive(storage.loadState),
        loadConversations: alive(storage.loadConversations),
        loadOutbox: alive(storage.loadOutbox),
        loadMessages: alive(storage.loadMessages),
        clear: alive(storage.clear),
        close: alive(storage.close),
        write: alive(async (batch) => {
          const kept = structuredClone(batch);
          await new Promise((resolve) => setTimeout(resolve, random() * writeMaxMs));
          if (!isAlive) return never();
          await storage.write(kept);
        }),
      };
    },
    setClock(offsetMs) {
      clockOffsetMs = offsetMs;
    },
    setOnline(online) {
      if (online === isOnline) return;
      isOnline = online;
      if (!online) for (const socket of sockets) socket.terminate();
      for (const listener of [...listeners]) listener(online ? 'online' : 'offline');
    },
    cutPower() {
      isAlive = false;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      listeners.clear();
      tap.powerCut();
      for (const socket of sockets) socket.terminate();
      sockets.clear();
    },
  };
}
