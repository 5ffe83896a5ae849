import { setTimeout as delay } from 'node:timers/promises';
import { nowMicros } from '../history/line.ts';
import { type HistoryWriter, writeHistory } from '../history/write-history.ts';
import { Doors } from './doors.ts';
import { Person } from './person.ts';
import type { Answer, Command, DeviceReport, WorkerPlan } from './worker-protocol.ts';

/** Devices that are read out at the same time when all is over. */
const atOnce = 4;
const coldCatchUpMaxMs = 60_000;
/** Nobody may be left without a word for longer. */
const silentMaxMs = 10_000;
const lookForSilentEveryMs = 1_000;
const lookForStallsEveryMs = 100;
/** Shorter ones are nothing to speak of. */
const stallMinMs = 300;

/** A process with some of the people and all their devices. The trial tells it what to do, one command at a time. */
class Worker {
  readonly #plan: WorkerPlan;
  readonly #history: HistoryWriter;
  readonly #people: Person[];
  #moving: ReturnType<typeof setTimeout> | undefined;
  readonly #looking: ReturnType<typeof setInterval>[];

  constructor(plan: WorkerPlan) {
    this.#plan = plan;
    this.#history = writeHistory(plan.historyFolder, plan.name);
    const doors = new Doors();
    this.#people = plan.people.map(
      (person, i) =>
        new Person(
          {
            ...person,
            nodes: plan.nodes,
            everybody: plan.everybody,
            seed: plan.seed * 1_000 + i,
            doors,
            write: (line) => this.#history.write(line),
          },
          plan.devicesEach,
        ),
    );
    this.#looking = [
      setInterval(() => {
        for (const person of this.#people) for (const device of person.devices) device.tellSilent(silentMaxMs);
      }, lookForSilentEveryMs),
      this.#watchStalls(),
    ];
  }

  /** What the devices could not do in time because this process stood still says nothing of what is tried. */
  #watchStalls(): ReturnType<typeof setInterval> {
    let last = nowMicros();
    return setInterval(() => {
      const t = nowMicros();
      const ms = (t - last) / 1_000 - lookForStallsEveryMs;
      last = t;
      if (ms >= stallMinMs) this.#history.write({ t, by: 'nemesis', op: 'stalled', ms });
    }, lookForStallsEveryMs);
  }

  async obey(command: Command): Promise<unknown> {
    switch (command.do) {
      case 'move':
        return this.#move();
      case 'rest':
        return this.#rest();
      case 'report':
        return this.#report();
      case 'setClocks':
        return this.#setClocks(command.offsetMs, command.share);
      case 'tellEnd':
        return this.#tellEnd(command.livePages);
      case 'close':
        for (const timer of this.#looking) clearInterval(timer);
        for (const person of this.#people) for (const device of person.devices) device.drop('over');
        this.#history.close();
        return null;
    }
  }

  /** Follows the plan from now on. */
  #move(): void {
    const startedAt = nowMicros();
    const { moves, people } = this.#plan;
    const mine = new Map(people.map((person, i) => [person.number, this.#people[i]]));
    let next = 0;
    const turn = () => {
      const nowMs = (nowMicros() - startedAt) / 1_000;
      for (; next < moves.length; next++) {
        const move = moves[next];
        if (move === undefined || move.at > nowMs) break;
        mine.get(move.person)?.do(move);
      }
      if (next < moves.length) this.#moving = setTimeout(turn, 5);
    };
    turn();
  }

  /** No more moves; everybody is there. */
  async #rest(): Promise<void> {
    clearTimeout(this.#moving);
    for (const person of this.#people) person.wakeUp();
    await Promise.all(this.#people.map((person) => person.settled()));
  }

  #report(): DeviceReport[] {
    this.#history.flush();
    return this.#people.flatMap((person) =>
      person.devices.map((device) => ({
        user: person.id,
        device: device.by,
        connection: device.client?.store.connection.get().name ?? 'off',
        pending: device.client?.store.outbox.get().pending ?? 0,
        displayName: device.client?.store.me.get()?.displayName ?? '',
        standings: device.standings(),
      })),
    );
  }

  #setClocks(offsetMs: number, share: number): number {
    const devices = this.#people.flatMap((person) => person.devices);
    const wrong = devices.slice(0, Math.ceil(devices.length * share));
    for (const [i, device] of wrong.entries()) device.setClock(i % 2 === 0 ? offsetMs : -offsetMs);
    return wrong.length;
  }

  /** Everything that the devices have, then what one with nothing finds. */
  async #tellEnd(livePages: number): Promise<void> {
    const devices = this.#people.flatMap((person) => person.devices);
    await eachOf(devices, (device) => device.tellEnd('live', livePages));
    await eachOf(this.#people, async (person) => {
      const cold = person.addDevice(Math.floor(person.devices.length % this.#plan.nodes.length));
      const deadline = performance.now() + coldCatchUpMaxMs;
      while (cold.client?.store.connection.get().name !== 'live' && performance.now() < deadline) await delay(20);
      await cold.tellEnd('cold', Number.POSITIVE_INFINITY);
      cold.drop('over');
      person.devices.pop();
    });
    this.#history.flush();
  }
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    }),
  );
}

process.once('message', (plan: WorkerPlan) => {
  const worker = new Worker(plan);
  process.on('message', ({ number, command }: { number: number; command: Command }) => {
    const answer = (message: Answer) => process.send?.(message);
    worker.obey(command).then(
      (value) => answer({ number, value: value ?? null }),
      (error: unknown) => answer({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.send?.({ number: 0, value: 'ready' } satisfies Answer);
});
process.once('disconnect', () => process.exit(1));
