import type { Standing } from './device/device.ts';
import type { Move } from './plan.ts';

/** What a worker is told first. */
export interface WorkerPlan {
  name: string;
  historyFolder: string;
  seed: number;
  /** Addresses of the roads to the nodes. */
  nodes: string[];
  everybody: string[];
  devicesEach: number;
  people: { number: number; id: string; accessToken: string; sessions: string[] }[];
  moves: Move[];
}

export type Command =
  | { do: 'move' }
  | { do: 'rest' }
  | { do: 'report' }
  | { do: 'setClocks'; offsetMs: number; share: number }
  | { do: 'tellEnd'; livePages: number }
  | { do: 'close' };

export type Answer = { number: number; value: unknown } | { number: number; error: string };

/** How a device stands now. */
export interface DeviceReport {
  user: string;
  device: string;
  connection: string;
  pending: number;
  displayName: string;
  standings: Record<string, Standing>;
}
