import type { Runtime, WebSocketLike } from '../types/options.ts';
import type { ModelServer } from './model-server.ts';
import { SocketPair } from './socket-pair.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Device {
  runtime: Runtime;
  /** Every socket that it opened, the latest last. */
  sockets: SocketPair[];
  /** Without a network: nothing opens, and calls over HTTP fail. */
  offline: boolean;
  /** It says that it has no network, and has one. */
  isMistaken: boolean;
  /** Frames are delivered at once when the loop turns; false: only by hand. */
  delivering: boolean;
  /** Added to the true time by its clock. */
  clockErrorMs: number;
  /** What the page is told by the browser. */
  tell(what: 'online' | 'offline' | 'visible'): void;
  /** Cuts the live socket. */
  cut(code?: number): void;
  /** The process is gone from one moment to the next: no timer runs, no answer arrives, the server sees a closed socket. */
  kill(): void;
}

/** Devices that reach one model server over sockets that can be stopped, cut and robbed of frames. */
export interface TestNetwork {
  device(seed?: number): Device;
  /** Delivers everything on every delivering device until nothing is on the way. */
  flush(): Promise<void>;
  /** {@link flush} and {@link VirtualTime.advance} in small steps. */
  run(ms: number): Promise<void>;
}

const stepMs = 100;

export function makeTestNetwork(server: ModelServer, time: VirtualTime): TestNetwork {
  const devices: Device[] = [];
  let ids = 0;

  function makeDevice(seed = devices.length + 1): Device {
    const listeners = new Set<(what: 'online' | 'offline' | 'visible') => void>();
    const sockets: SocketPair[] = [];
    const random = seeded(seed);
    let isDead = false;
    class DeviceSocket extends SocketPair implements WebSocketLike {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    }
    const device: Device = {
      sockets,
      offline: false,
      isMistaken: false,
      delivering: true,
      clockErrorMs: 0,
      kill() {
        isDead = true;
        for (const socket of sockets) socket.vanish();
      },
      tell(what) {
        for (const listener of [...listeners]) listener(what);
      },
      cut(code) {
        for (const socket of sockets) socket.cut(code);
      },
      runtime: {
        now: () => time.now() + device.clockErrorMs,
        random,
        setTimeout: (work, ms) =>
          time.setTimeout(() => {
            if (!isDead) work();
          }, ms),
        clearTimeout: (handle) => time.clearTimeout(handle),
        newId: () => `00000000-0000-7000-8000-${(++ids).toString(16).padStart(12, '0')}`,
        fetch: async (input, init) => {
          if (isDead) return new Promise(() => {});
          if (device.offline) throw new TypeError('fetch failed');
          const answer = server.http(String(input), init);
          return { ok: answer.status === 200, status: answer.status, json: async () => answer.body } as Response;
        },
        WebSocket: DeviceSocket,
        isOnline: () => !device.offline && !device.isMistaken,
        onEnvironment(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        locks: undefined,
      },
    };
    devices.push(device);
    return device;
  }

  /** One round over all sockets; returns whether anything moved. */
  function round(): boolean {
    let moved = false;
    for (const device of devices) {
      for (const socket of [...device.sockets]) {
        if (socket.isClosed) {
          device.sockets.splice(device.sockets.indexOf(socket), 1);
        } else if (device.offline) {
          if (!socket.isOpen) {
            socket.cut();
            moved = true;
          }
        } else if (device.delivering) {
          if (!socket.isOpen) {
            socket.open(server.connect(socket));
            moved = true;
          }
          if (socket.deliver() > 0) moved = true;
        }
      }
    }
    return moved;
  }

  async function flush(): Promise<void> {
    await time.settle();
    while (round()) await time.settle();
  }

  return {
    device: makeDevice,
    flush,
    async run(ms) {
      for (let left = ms; left > 0; left -= stepMs) {
        await flush();
        await time.advance(Math.min(stepMs, left));
      }
      await flush();
    },
  };
}

/** A generator that always gives the same numbers from 0 to 1 for a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
