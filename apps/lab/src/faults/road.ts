import { connect, createServer, type Socket } from 'node:net';
import type { Random } from '../load/random.ts';

export type Direction = 'toTarget' | 'toSource';

/** What a tap says of some bytes: let them pass, or hold them (and all that follow in this direction) for ever. */
type Verdict = { pass: Buffer; holdRest: boolean };

/** Looks at the bytes of one connection; stateful. */
export type Tap = (direction: Direction, bytes: Buffer) => Verdict;

/**
 * A TCP road between two parts of the system, with faults on demand. It knows nothing of what it carries. While nothing is wrong
 * it passes bytes on as they come and makes either side wait when the other is slow, as a network does.
 */
export interface Road extends AsyncDisposable {
  port: number;
  connections(): number;
  /** Bytes that a fault has kept back, delayed or lost since the last call. */
  takeTouched(): number;
  /** Each byte comes so much later, give or take. Null: at once. */
  delay(ms: number, jitterMs: number): void;
  /** A partition: nothing moves in these directions, on old connections and new ones; when it ends, everything goes on. */
  stall(directions: readonly Direction[]): void;
  /** The connections of now are forgotten by the network: what is sent vanishes, and nobody is told. New ones work. */
  blackHole(): number;
  /** Every connection is reset (RST). */
  reset(): number;
  /** So many of the connections are reset, each at a byte of its own among the next ones, in the middle of whatever that is. */
  resetAtRandomByte(share: number, withinBytes: number, random: Random): number;
  /** So many of the connections are read this slowly, until `heal`. */
  slowDown(share: number, bytesPerSecond: number, random: Random): number;
  /** Ends delays, stalls and slowness. What is in a black hole stays there. */
  heal(): void;
  /** New connections get a tap of their own; null: none. */
  tap(make: (() => Tap) | null): void;
}

export interface RoadOptions {
  targetPort: number;
  /** Taps every connection, from the first on. */
  tap?: () => Tap;
}

/** How often a slow connection moves on. */
const slowTurnMs = 50;

export async function openRoad(options: RoadOptions): Promise<Road> {
  const lines = new Set<Line>();
  const state: RoadState = { delayMs: 0, jitterMs: 0, stalled: new Set(), touched: 0 };
  let makeTap = options.tap ?? null;

  const listener = createServer({ pauseOnConnect: true, noDelay: true }, (source) => {
    const target = connect({ port: options.targetPort, host: '127.0.0.1', noDelay: true });
    const line = new Line(source, target, state, makeTap?.() ?? null, () => lines.delete(line));
    lines.add(line);
  });
  const port = await new Promise<number>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });

  /** At least one, if there is any. */
  const some = (share: number, random: Random) => {
    const all = [...lines];
    const chosen = all.filter(() => random() < share);
    return chosen.length > 0 ? chosen : all.slice(0, 1);
  };

  return {
    port,
    connections: () => lines.size,
    takeTouched() {
      const { touched } = state;
      state.touched = 0;
      return touched;
    },
    delay(ms, jitterMs) {
      state.delayMs = ms;
      state.jitterMs = jitterMs;
    },
    stall(directions) {
      state.stalled = new Set(directions);
      for (const line of lines) line.flow();
    },
    blackHole() {
      for (const line of lines) line.isLost = true;
      return lines.size;
    },
    reset() {
      const all = [...lines];
      for (const line of all) line.reset();
      return all.length;
    },
    resetAtRandomByte(share, withinBytes, random) {
      const chosen = some(share, random);
      for (const line of chosen) line.resetAfterBytes = 1 + Math.floor(random() * withinBytes);
      return chosen.length;
    },
    slowDown(share, bytesPerSecond, random) {
      const chosen = some(share, random);
      for (const line of chosen) line.slowDown(bytesPerSecond);
      return chosen.length;
    },
    heal() {
      state.delayMs = 0;
      state.jitterMs = 0;
      state.stalled = new Set();
      for (const line of lines) {
        line.resetAfterBytes = null;
        line.slowDown(null);
        line.flow();
        line.endIfForsaken();
      }
    },
    tap(make) {
      makeTap = make;
    },
    async [Symbol.asyncDispose]() {
      for (const line of lines) line.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

interface RoadState {
  delayMs: number;
  jitterMs: number;
  stalled: Set<Direction>;
  touched: number;
}

interface Lane {
  direction: Direction;
  from: Socket;
  to: Socket;
  /** What is on its way, with the moment when it arrives. */
  queue: { dueAt: number; bytes: Buffer }[];
  timer: ReturnType<typeof setTimeout> | undefined;
  /** A tap has closed this direction. */
  isHeld: boolean;
  isFull: boolean;
  hasEnded: boolean;
}

/** One connection and what is on its way. */
class Line {
  isLost = false;
  resetAfterBytes: number | null = null;
  readonly #state: RoadState;
  readonly #tap: Tap | null;
  readonly #lanes: readonly [Lane, Lane];
  readonly #sockets: readonly [Socket, Socket];
  #bytesPerTurn: number | null = null;
  #turns: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  constructor(source: Socket, target: Socket, state: RoadState, tap: Tap | null, closed: () => void) {
    this.#state = state;
    this.#tap = tap;
    this.#sockets = [source, target];
    const lane = (direction: Direction, from: Socket, to: Socket): Lane => ({
      ...{ direction, from, to, queue: [], timer: undefined, isHeld: false, isFull: false, hasEnded: false },
    });
    this.#lanes = [lane('toTarget', source, target), lane('toSource', target, source)];
    for (const lane of this.#lanes) {
      lane.from.on('readable', () => this.#flow(lane));
      lane.to.on('drain', () => {
        lane.isFull = false;
        this.#flow(lane);
      });
      lane.from.on('end', () => {
        lane.hasEnded = true;
        this.#flow(lane);
      });
      lane.from.on('error', () => {});
      lane.from.once('close', () => {
        clearTimeout(lane.timer);
        // A peer that died in a black hole or behind a partition is not heard of at the other end.
        if (this.isLost || this.#state.stalled.has(lane.direction)) return this.#lingerUntilFlowing(lane);
        this.close();
        closed();
      });
    }
    this.#closed = closed;
  }

  readonly #closed: () => void;

  flow(): void {
    for (const lane of this.#lanes) this.#flow(lane);
  }

  slowDown(bytesPerSecond: number | null): void {
    clearInterval(this.#turns);
    this.#bytesPerTurn = bytesPerSecond === null ? null : Math.max(1, Math.round((bytesPerSecond * slowTurnMs) / 1_000));
    if (bytesPerSecond !== null) this.#turns = setInterval(() => this.#flow(this.#lanes[1], true), slowTurnMs);
    else this.flow();
  }

  /** Both ends are told with RST, whatever is still on its way. */
  reset(): void {
    if (this.#isClosed) return;
    this.#state.touched++;
    this.#isClosed = true;
    clearInterval(this.#turns);
    for (const socket of this.#sockets) {
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
    this.#closed();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#turns);
    for (const lane of this.#lanes) clearTimeout(lane.timer);
    // What has already arrived on this side is passed on first: a FIN does not overtake data.
    for (const lane of this.#lanes) {
      if (!this.isLost && !lane.isHeld) for (const { bytes } of lane.queue.splice(0)) lane.to.write(bytes);
    }
    for (const socket of this.#sockets) socket.destroySoon();
  }

  /** One end of a lost connection is gone: the next sign of life of the other would be answered with a reset. */
  endIfForsaken(): void {
    if (!this.isLost || this.#isClosed || !this.#sockets.some((socket) => socket.destroyed)) return;
    this.destroy();
    this.#closed();
  }

  destroy(): void {
    this.#isClosed = true;
    clearInterval(this.#turns);
    for (const lane of this.#lanes) clearTimeout(lane.timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #lingerUntilFlowing(lane: Lane): void {
    const look = setInterval(() => {
      if (this.#isClosed) return clearInterval(look);
      const isOver = this.#sockets.every((socket) => socket.destroyed);
      if (!isOver && (this.isLost || this.#state.stalled.has(lane.direction))) return;
      clearInterval(look);
      this.close();
      this.#closed();
    }, 100);
    look.unref();
  }

  /** Takes what has come and passes it on as the state of the road allows. */
  #flow(lane: Lane, isTurn = false): void {
    if (this.#isClosed) return;
    if (this.isLost) {
      this.#state.touched += (lane.from.read() as Buffer | null)?.length ?? 0;
      return;
    }
    // What nobody reads stays in the kernel's buffers, and then the sender feels it.
    if (lane.isHeld || lane.isFull || this.#state.stalled.has(lane.direction)) {
      if (lane.from.readableLength > 0) this.#state.touched++;
      return;
    }
    const isSlow = this.#bytesPerTurn !== null && lane.direction === 'toSource';
    if (isSlow && !isTurn) return;
    const size = isSlow ? Math.min(this.#bytesPerTurn ?? 1, lane.from.readableLength) : undefined;
    if (size === 0) return;
    for (;;) {
      const bytes = lane.from.read(size) as Buffer | null;
      if (bytes === null) break;
      if (isSlow) this.#state.touched += bytes.length;
      this.#pass(lane, bytes);
      if (isSlow || lane.isFull || lane.isHeld || this.#isClosed) break;
    }
  }

  #pass(lane: Lane, bytes: Buffer): void {
    const { delayMs, jitterMs } = this.#state;
    const verdict = this.#tap?.(lane.direction, bytes) ?? { pass: bytes, holdRest: false };
    if (verdict.holdRest) lane.isHeld = true;
    if (verdict.pass.length === 0) return;
    if (delayMs === 0 && lane.queue.length === 0) {
      this.#write(lane, verdict.pass);
      return;
    }
    this.#state.touched += verdict.pass.length;
    const earliest = lane.queue.at(-1)?.dueAt ?? 0;
    const dueAt = Math.max(earliest, performance.now() + delayMs + Math.random() * jitterMs);
    lane.queue.push({ dueAt, bytes: verdict.pass });
    this.#deliverLater(lane);
  }

  #deliverLater(lane: Lane): void {
    const [first] = lane.queue;
    if (first === undefined || lane.timer !== undefined) return;
    lane.timer = setTimeout(
      () => {
        lane.timer = undefined;
        while ((lane.queue[0]?.dueAt ?? Number.POSITIVE_INFINITY) <= performance.now()) {
          const due = lane.queue.shift();
          if (due !== undefined && !this.#isClosed) this.#write(lane, due.bytes);
        }
        this.#deliverLater(lane);
      },
      Math.max(0, first.dueAt - performance.now()),
    );
  }

  #write(lane: Lane, bytes: Buffer): void {
    if (this.resetAfterBytes !== null) {
      this.resetAfterBytes -= bytes.length;
      if (this.resetAfterBytes <= 0) {
        lane.to.write(bytes.subarray(0, bytes.length + this.resetAfterBytes), () => this.reset());
        return;
      }
    }
    if (!lane.to.write(bytes)) lane.isFull = true;
  }
}
