import { AppError, contentToText, limits, type SendMessageResult } from '@nexo/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Send } from './decide.ts';
import { type Commit, Lane } from './lane.ts';

type Outcomes = Awaited<ReturnType<Commit>>;

/** One commit that the lane has in flight. */
interface Flight {
  sends: readonly Send[];
  locks: string;
  /** Ends it well: each send is answered. */
  land(): void;
  /** Ends it with a fault of the database. */
  crash(error: unknown): void;
}

/** A lane whose commits end when the test says so, and whose clock stands until it is turned. */
function handDriven() {
  const flights: Flight[] = [];
  let nowMs = 0;
  const lane = new Lane(
    (sends, locks) =>
      new Promise<Outcomes>((resolve, reject) => {
        flights.push({ sends, locks, land: () => resolve(sends.map(answer)), crash: reject });
      }),
    () => nowMs,
  );
  return { lane, flights, turn: (ms: number) => (nowMs += ms) };
}

/** A lane whose commits end by themselves with what `commit` gives or throws. */
const selfDriven = (commit: (sends: readonly Send[], locks: string) => Outcomes) => {
  const batches: (readonly Send[])[] = [];
  const lane = new Lane(async (sends, locks) => {
    batches.push(sends);
    return commit(sends, locks);
  });
  return { lane, batches };
};

const answer = (send: Send) =>
  ({ deduplicated: false, message: { clientMessageId: send.input.clientMessageId } }) as SendMessageResult;
const idOf = (send: Send) => send.input.clientMessageId;
const fault = (code: string) => Object.assign(new Error(`fault ${code}`), { code });

function send(id: string, conversationId = 'c1', text = 'hello'): Send {
  return { senderId: 'alice', input: { conversationId, clientMessageId: id, content: { type: 'text', text } } };
}

/** Lets everything that is due happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const numbered = (count: number, conversationId = 'c1') =>
  Array.from({ length: count }, (_, i) => send(`${conversationId}-${i}`, conversationId));
const sendAll = (lane: Lane, sends: readonly Send[]) => sends.map((one) => lane.send(one));
const codes = async (answers: Promise<unknown>[]) =>
  (await Promise.allSettled(answers)).map((one) => (one.status === 'fulfilled' ? 'ok' : one.reason.code));

describe('Lane', () => {
  test('P11 an idle lane commits at once; what comes meanwhile gathers and goes together', async () => {
    const { lane, flights } = handDriven();
    const first = lane.send(send('1'));
    await settle();
    expect(flights.map((flight) => flight.sends.map(idOf))).toEqual([['1']]);
    const more = sendAll(lane, [send('2'), send('3'), send('4')]);
    await settle();
    expect(flights).toHaveLength(1);
    flights[0]?.land();
    await expect(first).resolves.toMatchObject({ message: { clientMessageId: '1' } });
    await settle();
    expect(flights[1]?.sends.map(idOf)).toEqual(['2', '3', '4']);
    flights[1]?.land();
    await expect(Promise.all(more)).resolves.toHaveLength(3);
  });

  test('P11 nobody is answered before the commit has ended', async () => {
    const { lane, flights } = handDriven();
    let answered = false;
    void lane.send(send('1')).then(() => (answered = true));
    await settle();
    expect(answered).toBe(false);
    flights[0]?.land();
    await settle();
    expect(answered).toBe(true);
  });

  test(`P11 a batch holds at most ${limits.laneBatchMaxMessages} messages`, async () => {
    const { lane, batches } = selfDriven((sends) => sends.map(answer));
    const sends = Array.from({ length: 1_000 }, (_, i) => send(String(i), `c${i % 50}`));
    await Promise.all(sendAll(lane, sends));
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(limits.laneBatchMaxMessages);
    expect(batches).toHaveLength(Math.ceil(1_000 / limits.laneBatchMaxMessages));
  });

  test(`P11 a batch holds at most ${limits.laneBatchMaxBytes} bytes of text, but always one message`, async () => {
    const { lane, batches } = selfDriven((sends) => sends.map(answer));
    const big = 'x'.repeat(limits.messageTextMaxBytes);
    const sends = Array.from({ length: 100 }, (_, i) => send(String(i), `c${i}`, big));
    const huge = send('huge', 'c', 'x'.repeat(limits.laneBatchMaxBytes));
    await Promise.all(sendAll(lane, [...sends, huge]));
    for (const batch of batches) {
      const bytes = batch.reduce((sum, one) => sum + Buffer.byteLength(contentToText(one.input.content)), 0);
      expect(batch.length === 1 || bytes <= limits.laneBatchMaxBytes).toBe(true);
    }
    expect(batches.flat()).toHaveLength(101);
  });

  test('P5 whatever the mixture, each conversation goes in the order of its sends, and nothing is lost or doubled', async () => {
    const wave = fc.array(
      fc.record({ conversation: fc.integer({ min: 0, max: 5 }), size: fc.integer({ min: 0, max: 16_000 }) }),
      {
        maxLength: 400,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(wave, { maxLength: 4 }), async (waves) => {
        const { lane, batches } = selfDriven((sends) => sends.map(answer));
        const sends: Send[] = [];
        const answers: Promise<SendMessageResult>[] = [];
        for (const items of waves) {
          for (const { conversation, size } of items) {
            sends.push(send(String(sends.length), `c${conversation}`, 'x'.repeat(size)));
            answers.push(lane.send(sends.at(-1) as Send));
          }
          await Promise.resolve();
        }
        await Promise.all(answers);
        const committed = batches.flat();
        expect(committed).toHaveLength(sends.length);
        for (let c = 0; c <= 5; c++) {
          const of = (list: readonly Send[]) => list.filter((one) => one.input.conversationId === `c${c}`).map(idOf);
          expect(of(committed)).toEqual(of(sends));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('P11 a flood in one conversation leaves room for the others in the very next batch', async () => {
    const { lane, flights } = handDriven();
    void lane.send(send('in flight', 'c0'));
    await settle();
    sendAll(lane, numbered(400, 'flood'));
    const late = lane.send(send('late', 'quiet'));
    flights[0]?.land();
    await settle();
    expect(flights[1]?.sends.map(idOf)).toContain('late');
    // Nobody else waits for the rest of the room, so the flood has it.
    expect(flights[1]?.sends).toHaveLength(limits.laneBatchMaxMessages);
    flights[1]?.land();
    await late;
  });

  test('P12 when the predicted wait is above the limit, a send is refused at once with the time to wait', async () => {
    const { lane, flights, turn } = handDriven();
    void lane.send(send('in flight'));
    await settle();
    turn(limits.laneWaitMaxMs + 1);
    await expect(lane.send(send('too much'))).rejects.toMatchObject({
      code: 'OVERLOADED',
      retryAfterMs: limits.laneWaitMaxMs + 1,
    });
    expect(flights).toHaveLength(1);
  });

  test('P12 a queue that would take longer than the limit refuses, before memory fills', async () => {
    const { lane, flights, turn } = handDriven();
    const answers = sendAll(lane, numbered(1));
    await settle();
    // A commit takes 50 ms, as it turns out time and again.
    for (let i = 0; i < 60; i++) {
      answers.push(lane.send(send(`warm ${i}`)));
      turn(50);
      flights.at(-1)?.land();
      await settle();
    }
    const flood = sendAll(lane, numbered(5_000, 'flood'));
    const outcome = codes(flood);
    await settle();
    while (flights.length > 0) {
      flights.pop()?.land();
      await settle();
    }
    const refused = (await outcome).filter((code) => code === 'OVERLOADED').length;
    expect(refused).toBeGreaterThan(5_000 - 6 * limits.laneBatchMaxMessages);
    expect(refused).toBeLessThan(5_000);
    await Promise.all(answers);
  });

  test('P12 an idle lane never refuses, however long the last commit took', async () => {
    const { lane, flights, turn } = handDriven();
    const first = lane.send(send('1'));
    await settle();
    turn(60_000);
    flights[0]?.land();
    await first;
    await lane.idle();
    const second = lane.send(send('2'));
    await settle();
    flights[1]?.land();
    await expect(second).resolves.toMatchObject({ message: { clientMessageId: '2' } });
  });

  test('P13 one message that the database chokes on fails alone; its neighbours are committed, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 80 }), fc.uniqueArray(fc.nat(79), { maxLength: 3 }), async (count, poison) => {
        const poisonous = new Set(poison.map(String));
        const done: string[] = [];
        const { lane } = selfDriven((sends) => {
          if (sends.some((one) => poisonous.has(idOf(one)))) throw fault('22P05');
          done.push(...sends.map(idOf));
          return sends.map(answer);
        });
        const sends = Array.from({ length: count }, (_, i) => send(String(i)));
        const outcome = await codes(sendAll(lane, sends));
        const healthy = sends.map(idOf).filter((id) => !poisonous.has(id));
        expect(outcome).toEqual(sends.map((one) => (poisonous.has(idOf(one)) ? '22P05' : 'ok')));
        expect(done).toEqual(healthy);
      }),
      { numRuns: 30 },
    );
  });

  test('P13 a refusal of the rules is for its own send only', async () => {
    const { lane } = selfDriven((sends) => sends.map((one) => (idOf(one) === '1' ? new AppError('FORBIDDEN') : answer(one))));
    expect(await codes(sendAll(lane, [send('0'), send('1'), send('2')]))).toEqual(['ok', 'FORBIDDEN', 'ok']);
  });

  test.each(['57P01', '08006', '53300', 'CONNECTION_CLOSED', 'ECONNREFUSED', 'CONNECT_TIMEOUT'])(
    'P15 when the database is away (%s) the whole batch is refused at once, and the next one is tried again',
    async (code) => {
      let commits = 0;
      const { lane } = selfDriven((sends) => {
        commits++;
        if (commits === 1) throw fault(code);
        return sends.map(answer);
      });
      expect(await codes(sendAll(lane, numbered(10)))).toEqual(Array(10).fill(code));
      expect(commits).toBe(1);
      await expect(lane.send(send('next'))).resolves.toMatchObject({ deduplicated: false });
    },
  );

  test('P14 after a lock that was not had in time the same batch goes again without waiting for locks', async () => {
    const { lane, flights } = handDriven();
    const answers = sendAll(lane, [send('1', 'held'), send('2', 'free')]);
    await settle();
    flights[0]?.crash(fault('55P03'));
    await settle();
    expect(flights.map((flight) => flight.locks)).toEqual(['wait', 'skip']);
    expect(flights[1]?.sends.map(idOf)).toEqual(['1', '2']);
    flights[1]?.land();
    expect(await codes(answers)).toEqual(['ok', 'ok']);
  });

  test('P11 idle() waits for everything that was taken, in flight and waiting', async () => {
    const { lane, flights } = handDriven();
    void lane.send(send('1'));
    await settle();
    void lane.send(send('2'));
    let idle = false;
    void lane.idle().then(() => (idle = true));
    flights[0]?.land();
    await settle();
    expect(idle).toBe(false);
    flights[1]?.land();
    await settle();
    expect(idle).toBe(true);
  });
});
