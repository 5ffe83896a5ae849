import type { ConversationView } from '@nexo/shared';
import type { Device } from './device/device.ts';

/** The item that a number from 0 to 1 points at; undefined when there is none. */
export function pickFrom<T>(items: readonly T[], choice: number): T | undefined {
  return items[Math.floor(choice * items.length)];
}

/** The groups that a device may write in. */
export function groupsOf(device: Device): ConversationView[] {
  return device.writable().filter((view) => view.kind === 'group');
}
