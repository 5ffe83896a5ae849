import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Missing, OrderedStream } from './ordered-stream.ts';

interface Fact {
  n: number;
}

const log = { debug() {}, info() {}, warn() {}, error() {} };
const facts = (from: number, to: number): Fact[] => Array.from({ length: to - from + 1 }, (_, i) => ({ n: from + i }));
const range = (from: number, to = from) => ({ from, to, events: facts(from, to) });

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A stream over a database that answers when a test says so. */
function slow() {
  const dispatched: number[] = [];
  const reads: { cursor: number; resolve(missing: Missing<Fact>): void }[] = [];
  const stream = new OrderedStream<Fact>({
    numberOf: (fact) => fact.n,
    dispatch: (fact) => dispatched.push(fact.n),
    readMissing: (cursor) => new Promise((resolve) => reads.push({ cursor, resolve })),
    log,
  });
  return { dispatched, reads, stream };
}

describe('G10 an ordered stream', () => {
  it('dispatches every number once and in order, whatever order, doubling and loss the bus makes of it', async () => {
    const commits = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(commits, fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 60 }), async (sizes, deliveries) => {
        const ranges = sizes.map((size, i) => {
          const from = sizes.slice(0, i).reduce((sum, n) => sum + n, 1);
          return range(from, from + size - 1);
        });
        const head = ranges.at(-1)?.to ?? 0;
        const dispatched: number[] = [];
        const reads: { cursor: number; resolve(missing: Missing<Fact>): void }[] = [];
        const stream = new OrderedStream<Fact>({
          numberOf: (fact) => fact.n,
          dispatch: (fact) => dispatched.push(fact.n),
          readMissing: (cursor) => new Promise((resolve) => reads.push({ cursor, resolve })),
          log,
          holdMs: 60_000,
        });
        stream.begin(0);
        const read = async () => {
          const { cursor, resolve } = reads.shift() ?? { cursor: 0, resolve() {} };
          resolve({ head, events: facts(cursor + 1, head) });
          await Promise.resolve();
          await Promise.resolve();
        };
        for (const [at, repairNow] of deliveries) {
          stream.accept(ranges[at % ranges.length] ?? range(1));
          if (repairNow) {
            stream.repair();
            if (at % 2 === 0) await read();
          }
        }
        stream.repair();
        while (reads.length > 0) await read();
        if (stream.isBehind(head)) {
          stream.repair();
          await read();
        }
        stream.close();
        expect(dispatched).toEqual(facts(1, head).map((fact) => fact.n));
      }),
    );
  });

  it('holds until it is told where it begins', () => {
    const dispatched: number[] = [];
    const stream = new OrderedStream<Fact>({
      numberOf: (fact) => fact.n,
      dispatch: (fact) => dispatched.push(fact.n),
      readMissing: () => new Promise(() => {}),
      log,
    });
    stream.accept(range(4));
    stream.accept(range(6, 7));
    stream.accept(range(5));
    expect(dispatched).toEqual([]);
    stream.begin(4);
    expect(dispatched).toEqual([5, 6, 7]);
    stream.close();
  });

  it('holds a bounded number of messages and then reads instead', () => {
    let reads = 0;
    const stream = new OrderedStream<Fact>({
      numberOf: (fact) => fact.n,
      dispatch: () => {},
      readMissing: () => {
        reads++;
        return new Promise(() => {});
      },
      log,
      holdMs: 60_000,
    });
    stream.begin(0);
    for (let n = 2; n < 400; n++) stream.accept(range(n));
    expect(reads).toBe(1);
    stream.close();
  });

  it('reads again when something went missing while it was reading', async () => {
    const { dispatched, reads, stream } = slow();
    stream.begin(0);
    stream.repair();
    // Found in the doorbells after the database was read, and before its answer is here.
    stream.repair(2);
    reads[0]?.resolve({ head: 1, events: facts(1, 1) });
    await settled();
    expect(reads.map(({ cursor }) => cursor)).toEqual([0, 1]);
    reads[1]?.resolve({ head: 2, events: facts(2, 2) });
    await settled();
    expect({ dispatched, reads: reads.length }).toEqual({ dispatched: [1, 2], reads: 2 });
    stream.close();
  });

  it('reads what went missing before it was told where it begins', () => {
    const { reads, stream } = slow();
    expect(stream.isBehind(5)).toBe(true);
    stream.repair(5);
    expect(reads).toEqual([]);
    stream.begin(4);
    expect(reads.map(({ cursor }) => cursor)).toEqual([4]);
    stream.close();
  });

  it('does not read what it was told already', () => {
    const { dispatched, reads, stream } = slow();
    stream.repair(5);
    stream.accept(range(5));
    stream.begin(4);
    expect({ dispatched, reads }).toEqual({ dispatched: [5], reads: [] });
    stream.close();
  });
});
