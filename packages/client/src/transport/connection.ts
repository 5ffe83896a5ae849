import { closeByCode } from '@nexo/shared';
import { SignedOut, type SignedOutReason } from '../session/session.ts';
import { Cell } from '../store/cells.ts';
import type { Runtime } from '../types/options.ts';
import type { ConnectionState } from '../types/store.ts';
import { backoffMs } from './backoff.ts';
import { isRefusedAsUnauthenticated, openRpcSocket, type RpcSocket } from './rpc-socket.ts';

/** The attempts start again at the first delay only after the connection held this long: not at its opening. */
const stableAfterMs = 15_000;
/** From the first try to connect until the stream has started. */
const connectMaxMs = 15_000;
/** Time for the calls of a socket that is being left. */
const leaveMaxMs = 5_000;
/** A page that wakes up wants to know soon whether its socket is still alive. */
const wakeAnswerMs = 3_000;

export interface ConnectionOptions {
  url: string;
  runtime: Runtime;
  /** Makes sure that the session is good; throws SignedOut when there is none (any more). */
  authorize(mustRenew: boolean): Promise<void>;
  /** First frame of a socket; undefined with cookies. */
  connectionParams(): Record<string, string> | undefined;
  /** The stream has started: bring the store up to date over this socket. Rejecting makes the connection start over. */
  catchUp(socket: RpcSocket): Promise<void>;
  /** What the stream carries, in order. */
  received(items: unknown): void;
}

export interface Connection {
  readonly state: Cell<ConnectionState>;
  /** The socket for calls; null while there is none. */
  socket(): RpcSocket | null;
  /** Leaves `stopped` and `signedOut`; does nothing in any other state. */
  start(): void;
  /** Tries now instead of waiting. */
  retryNow(): void;
  /** Ends it: the session is over. */
  signOut(reason: SignedOutReason): void;
  /** The session was refused on the socket: renew it and connect again. */
  reauthorize(): void;
  stop(): void;
}

/** One socket on its way, from the try to its end. */
interface Attempt {
  socket: RpcSocket | null;
  /** The stream has started. */
  hasStarted: boolean;
  isAbandoned: boolean;
  timer: unknown;
}

/**
 * Keeps one socket with one stream alive.
 *
 *   stopped ──start──► connecting ──stream started──► catchingUp ──caught up──► live
 *      ▲                  ▲    │                          │                      │
 *      └──stop── any      │    └────failed────► waiting ◄─┴───────closed─────────┘
 *                         └──due / retryNow / online / visible──┘
 *   any ──closed by SESSION_REVOKED or SESSION_REPLACED, or a refused refresh──► signedOut
 *   live ──asked to leave──► live (the next socket is opened beside the old one) ──its stream started──► catchingUp
 */
export function makeConnection(options: ConnectionOptions): Connection {
  const { runtime } = options;
  const state = new Cell<ConnectionState>({ name: 'stopped' });
  let current: Attempt | null = null;
  /** The next socket while the old one still serves. */
  let successor: Attempt | null = null;
  let attemptCount = 0;
  let mustRenew = false;
  let waitTimer: unknown;
  let stableTimer: unknown;
  let stopListening: (() => void) | null = null;

  function start(): void {
    const { name } = state.get();
    if (name !== 'stopped' && name !== 'signedOut') return;
    attemptCount = 0;
    mustRenew = false;
    stopListening = runtime.onEnvironment(onEnvironment);
    connect();
  }

  function connect(): void {
    runtime.clearTimeout(waitTimer);
    state.set({ name: 'connecting', since: runtime.now(), attempt: attemptCount });
    current = begin();
  }

  /** Opens a socket and starts the stream on it. */
  function begin(): Attempt {
    const attempt: Attempt = { socket: null, hasStarted: false, isAbandoned: false, timer: undefined };
    attempt.timer = runtime.setTimeout(() => failed(attempt), connectMaxMs);
    options.authorize(mustRenew).then(
      () => {
        if (attempt.isAbandoned) return;
        try {
          open(attempt);
        } catch {
          // An address or a page that this platform allows no socket for.
          failed(attempt);
        }
      },
      (error: unknown) => {
        if (attempt.isAbandoned) return;
        if (error instanceof SignedOut) signOut(error.reason);
        else failed(attempt);
      },
    );
    return attempt;
  }

  function open(attempt: Attempt): void {
    mustRenew = false;
    const socket = openRpcSocket({
      url: options.url,
      connectionParams: options.connectionParams(),
      runtime,
      opened() {
        socket.subscribe('sync.events', undefined, {
          started: () => started(attempt, socket),
          data: (items) => {
            if (!attempt.isAbandoned) options.received(items);
          },
          ended(error) {
            if (attempt.isAbandoned) return;
            if (isRefusedAsUnauthenticated(error)) mustRenew = true;
            socket.close();
          },
        });
      },
      closed: (code) => closed(attempt, code),
      askedToLeave: () => leave(attempt),
    });
    attempt.socket = socket;
  }

  function started(attempt: Attempt, socket: RpcSocket): void {
    if (attempt.isAbandoned) return;
    runtime.clearTimeout(attempt.timer);
    attempt.hasStarted = true;
    if (successor === attempt) {
      // Make before break: what the old one still says is dropped by number if it was heard twice.
      const old = current;
      successor = null;
      current = attempt;
      old?.socket?.closeWhenIdle(leaveMaxMs);
    }
    state.set({ name: 'catchingUp', since: runtime.now() });
    options.catchUp(socket).then(
      () => caughtUp(attempt),
      (error: unknown) => {
        if (attempt.isAbandoned) return;
        if (isRefusedAsUnauthenticated(error)) mustRenew = true;
        failed(attempt);
      },
    );
  }

  function caughtUp(attempt: Attempt): void {
    if (attempt.isAbandoned || attempt !== current) return;
    state.set({ name: 'live', since: runtime.now() });
    runtime.clearTimeout(stableTimer);
    stableTimer = runtime.setTimeout(() => {
      attemptCount = 0;
    }, stableAfterMs);
  }

  function closed(attempt: Attempt, code: number): void {
    if (attempt.isAbandoned) return;
    const row = closeByCode(code);
    if (row?.reconnect === 'refresh') mustRenew = true;
    if (row?.name === 'SESSION_REVOKED') signOut('revoked');
    else if (row?.name === 'SESSION_REPLACED') signOut('replaced');
    else failed(attempt);
  }

  function failed(attempt: Attempt): void {
    abandon(attempt);
    if (attempt === successor) {
      // The old one still serves; when it closes we come back in the ordinary way.
      successor = null;
      return;
    }
    if (attempt !== current) return;
    current = null;
    if (successor !== null) {
      current = successor;
      successor = null;
      state.set({ name: 'connecting', since: runtime.now(), attempt: attemptCount });
      return;
    }
    wait();
  }

  function wait(): void {
    runtime.clearTimeout(stableTimer);
    const now = runtime.now();
    const delayMs = backoffMs(attemptCount, runtime.random);
    const offline = !runtime.isOnline();
    state.set({ name: 'waiting', since: now, retryAt: now + delayMs, attempt: attemptCount, offline });
    attemptCount++;
    waitTimer = runtime.setTimeout(connect, delayMs);
  }

  function leave(attempt: Attempt): void {
    if (attempt === current && attempt.hasStarted && successor === null) successor = begin();
  }

  function onEnvironment(what: 'online' | 'offline' | 'visible'): void {
    const now = state.get();
    if (what === 'offline') {
      if (now.name === 'waiting') state.set({ ...now, offline: true });
      else current?.socket?.probe(wakeAnswerMs);
    } else if (now.name === 'waiting') connect();
    else current?.socket?.probe(wakeAnswerMs);
  }

  function abandon(attempt: Attempt | null): void {
    if (attempt === null || attempt.isAbandoned) return;
    attempt.isAbandoned = true;
    runtime.clearTimeout(attempt.timer);
    attempt.socket?.close();
  }

  function end(next: ConnectionState): void {
    runtime.clearTimeout(waitTimer);
    runtime.clearTimeout(stableTimer);
    stopListening?.();
    stopListening = null;
    const [old, next_] = [current, successor];
    current = null;
    successor = null;
    abandon(old);
    abandon(next_);
    state.set(next);
  }

  function signOut(reason: SignedOutReason): void {
    end({ name: 'signedOut', reason });
  }

  return {
    state,
    socket: () => (current?.hasStarted === true ? current.socket : null),
    start,
    retryNow() {
      const { name } = state.get();
      if (name === 'waiting') connect();
      else if (name === 'live') current?.socket?.probe(wakeAnswerMs);
    },
    signOut,
    reauthorize() {
      mustRenew = true;
      current?.socket?.close();
    },
    stop() {
      if (state.get().name !== 'stopped') end({ name: 'stopped' });
    },
  };
}
