import { preparedFrom } from '../wire/wire-client.ts';
import { clientMessageIds } from './client-message-id.ts';
import { drain } from './drain.ts';
import type { GeneratorMessage, Plan } from './plan.ts';
import { playSchedule } from './play-schedule.ts';
import { bytesRead, connectPlayers, type Player, type PlayerEvents } from './players.ts';
import { makeRecorder, type Recorder, recordAnswer, recordDelivery, recordError } from './recorder.ts';
import { summarise, writeRecording } from './result.ts';
import { makeRunClock } from './run-clock.ts';
import { makeSchedule } from './schedule.ts';
import { makeSender, type Sender } from './sender.ts';

/**
 * The generator process: plays every user of a plan. Sends follow the schedule whatever the system does (open loop); each
 * latency runs from the moment a send was *intended*, so that a system that stalls cannot hide the waiting of what queued up
 * behind the stall (coordinated omission). One clock stamps both ends, because senders and receivers live in this process.
 */
process.once('message', (plan: Plan) => {
  run(plan).then(
    () => process.disconnect(),
    (error: unknown) => {
      tell({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      process.disconnect();
    },
  );
});

function tell(message: GeneratorMessage): void {
  process.send?.(message);
}

/** What the parts of one run share. */
interface Run {
  plan: Plan;
  ids: ReturnType<typeof clientMessageIds>;
  recorder: Recorder;
  players: Player[];
  sender: Sender;
  /** Between the turns at which the bytes are read off, so that frames and bytes are counted over the same time. */
  measuring: boolean;
}

async function run(plan: Plan): Promise<void> {
  const current = prepare(plan);
  const { ids, players, recorder } = current;
  await connect(current);
  const inTime = await measure(current);
  await drain(recorder, plan.options.workload === 'direct' ? 1 : players.length - 1);
  // Counted before the last look at the server, which is no repair.
  const repairs = players.reduce((sum, player) => sum + player.reader.repairs, 0);
  await Promise.all(players.map((player) => player.reader.finish()));
  const measurement = summarise(recorder, { ...inTime, repairs });
  writeRecording(plan.recordingFile, recorder, players, ids);
  for (const player of players) player.wire.close();
  tell({ type: 'drained', measurement });
}

function prepare(plan: Plan): Run {
  const { options } = plan;
  const clock = makeRunClock(options);
  const schedule = makeSchedule({ ...options, users: plan.users.length, seconds: clock.endMs / 1000 });
  const ids = clientMessageIds(plan.startedAt, options.seed);
  const recorder = makeRecorder(schedule, clock);
  const players: Player[] = [];
  const sender = makeSender(recorder, players, ids, options.outstanding);
  return { plan, ids, recorder, players, sender, measuring: false };
}

async function connect(current: Run): Promise<void> {
  const connectedFrom = performance.now();
  await connectPlayers(current.plan, current.players, eventsOf(current));
  tell({ type: 'connected', sockets: current.players.length, seconds: (performance.now() - connectedFrom) / 1000 });
}

/** What the run does with what its players hear. */
function eventsOf(current: Run): PlayerEvents {
  const { ids, plan, players, recorder, sender } = current;
  const { clock, schedule } = recorder;
  return {
    received(user, message, moment) {
      const index = ids.indexOf(message.clientMessageId);
      if (index < 0 || schedule.senders[index] === user) return;
      recordDelivery(recorder, index, clock.timeOf(moment));
    },
    frameRead() {
      if (current.measuring) recorder.framesInTime++;
      // Timers are coarse, and come late behind a thousand sockets with something to read.
      sender.startDue();
    },
    answered(id, result, error) {
      const index = id - preparedFrom;
      const nowMs = clock.nowMs();
      sender.release(schedule.senders[index] ?? 0);
      recordAnswer(recorder, index, nowMs, result, error);
    },
    closed(user, code) {
      recordError(recorder, `CLOSED_${code}`);
      // A user without a socket sends no more: as if all the requests it may have were unanswered.
      const player = players[user];
      if (player !== undefined) player.outstanding = plan.options.outstanding;
    },
  };
}

/** Plays the schedule; resolves with what can only be read off at the two ends of the measured time. */
async function measure(current: Run): Promise<{ bytesInTime: number; eventLoopP99Ms: number }> {
  const { players, recorder, sender } = current;
  let bytesAtStart = 0;
  let bytesAtEnd = 0;
  const eventLoopP99Ms = await playSchedule(recorder.clock, {
    startDue: sender.startDue,
    measuring() {
      current.measuring = true;
      bytesAtStart = bytesRead(players);
      tell({ type: 'measuring' });
    },
    measured() {
      current.measuring = false;
      bytesAtEnd = bytesRead(players);
      tell({ type: 'measured' });
    },
  });
  return { bytesInTime: bytesAtEnd - bytesAtStart, eventLoopP99Ms };
}
