import { describe, expect, it } from 'vitest';
import { clientMessageIds } from './client-message-id.ts';
import { makeSchedule, textOf } from './schedule.ts';

const places = Array.from({ length: 50 }, (_, user) => [user, user >> 1] as const);
const options = {
  pace: 'open',
  arrivals: 'poisson',
  streams: [{ name: 'all', rate: 1000, places }],
  warmUpSeconds: 0,
  seconds: 20,
  seed: 3,
  textBytes: 'people',
  outstanding: 16,
} as const;

describe('the schedule of an open loop', () => {
  it('is the same for the same seed and another for another', () => {
    expect(makeSchedule(options)).toEqual(makeSchedule(options));
    expect(makeSchedule({ ...options, seed: 4 }).atMs).not.toEqual(makeSchedule(options).atMs);
  });

  it.each(['poisson', 'constant'] as const)(
    'has as many %s arrivals as were asked for, ascending, within the time',
    (arrivals) => {
      const { count, atMs } = makeSchedule({ ...options, arrivals });
      expect(count).toBeGreaterThan(19_000);
      expect(count).toBeLessThan(21_000);
      expect([...atMs]).toEqual([...atMs].sort((a, b) => a - b));
      expect(atMs.at(-1)).toBeLessThan(20_000);
    },
  );

  it('gives each stream its rate, and only places of its own', () => {
    const streams = [
      { name: 'some', rate: 100, places: places.slice(0, 10) },
      { name: 'others', rate: 500, places: places.slice(10) },
    ];
    const { streams: of, senders, conversations } = makeSchedule({ ...options, streams });
    const some = [...of.keys()].filter((i) => of[i] === 0);
    expect(some.length).toBeGreaterThan(1_800);
    expect(some.length).toBeLessThan(2_200);
    expect(some.every((i) => (senders[i] ?? 99) < 10)).toBe(true);
    expect([...senders.keys()].every((i) => conversations[i] === (senders[i] ?? 0) >> 1)).toBe(true);
  });

  it('lets everybody send and has texts with a median near 60 bytes', () => {
    const { senders, textBytes } = makeSchedule(options);
    expect(new Set(senders).size).toBe(50);
    const median = [...textBytes].sort((a, b) => a - b)[(textBytes.length / 2) | 0] ?? 0;
    expect(median).toBeGreaterThan(50);
    expect(median).toBeLessThan(70);
  });

  it('makes each text as long as planned, its own, and nothing that JSON would have to escape', () => {
    for (const [index, bytes] of [
      [0, 16],
      [1, 16],
      [511, 4096],
      [123_456, 300],
    ] as const) {
      const text = textOf(index, bytes);
      expect(Buffer.byteLength(text)).toBe(bytes);
      expect(text).toMatch(/^\d+ [a-z ]+$/);
    }
    expect(textOf(1, 16)).not.toBe(textOf(2, 16));
  });
});

describe('clientMessageIds of a run', () => {
  it('are lower-case UUIDs that tell the number of their message', () => {
    const ids = clientMessageIds(Date.now(), 1);
    expect(ids.idOf(77)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.indexOf(ids.idOf(123_456))).toBe(123_456);
  });

  it('are not recognised by another run', () => {
    expect(clientMessageIds(1_000, 1).indexOf(clientMessageIds(2_000, 1).idOf(5))).toBe(-1);
  });
});
