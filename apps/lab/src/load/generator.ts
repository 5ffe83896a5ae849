import { preparedFrom } from '../wire/wire-client.ts';
import { serveParent } from './child.ts';
import { clientMessageIds } from './client-message-id.ts';
import { drainAnswers, drainDeliveries, lastAckedSeqs } from './drain.ts';
import type { GeneratorCommand, GeneratorMessage, Plan } from './plan.ts';
import { playSchedule } from './play-schedule.ts';
import { bytesRead, connectPlayers, type Player, type PlayerEvents } from './players.ts';
import { makeRecorder, type Recorder, recordAnswer, recordDelivery, recordError } from './recorder.ts';
import { summarisePart, writeRecording } from './result.ts';
import { makeRunClock } from './run-clock.ts';
import { makeSchedule } from './schedule.ts';
import { makeSender, type Sender } from './sender.ts';

/**
 * A generator process: plays its share of the users of a plan. Sends of an open loop follow the schedule whatever the system
 * does; each latency runs from the moment a send was *intended*, so that a system that stalls cannot hide the waiting of what
 * queued up behind the stall (coordinated omission). Every process knows the whole schedule, so it can tell the latency of what
 * another one sent.
 */
let current: Run | undefined;

serveParent<GeneratorCommand, GeneratorMessage>(async (command, tell) => {
  if (command.type === 'plan') {
    current = prepare(command.plan);
    tell(await connect(current));
  } else if (current !== undefined) {
    tell(command.type === 'start' ? await play(current, command.atMs) : await finish(current, command.lastSeqs));
  }
});

/** What the parts of one run share. */
interface Run {
  plan: Plan;
  ids: ReturnType<typeof clientMessageIds>;
  recorder: Recorder;
  players: (Player | undefined)[];
  sender: Sender;
  /** Between the turns at which the bytes are read off, so that frames and bytes are counted over the same time. */
  measuring: boolean;
  inTime: { bytesInTime: number; eventLoopP99Ms: number };
  returns: number;
  slowClosed: number;
}

function prepare(plan: Plan): Run {
  const clock = makeRunClock(plan);
  const schedule = makeSchedule(plan);
  const ids = clientMessageIds(plan.startedAt, plan.seed);
  const recorder = makeRecorder(plan, schedule, clock);
  const players: (Player | undefined)[] = new Array(plan.users.length).fill(undefined);
  const sender = makeSender({ plan, recorder, players, ids });
  const inTime = { bytesInTime: 0, eventLoopP99Ms: 0 };
  return { plan, ids, recorder, players, sender, measuring: false, inTime, returns: 0, slowClosed: 0 };
}

async function connect(run: Run): Promise<GeneratorMessage> {
  const connectedFrom = performance.now();
  await connectPlayers(run.plan, run.players, eventsOf(run));
  const sockets = run.players.filter((player) => player !== undefined).length;
  return { type: 'connected', sockets, seconds: (performance.now() - connectedFrom) / 1000 };
}

/** What the run does with what its players hear. */
function eventsOf(run: Run): PlayerEvents {
  const { ids, plan, players, recorder, sender } = run;
  const { clock, schedule } = recorder;
  return {
    received(user, message, moment) {
      const index = ids.indexOf(message.clientMessageId);
      if (index < 0 || schedule.senders[index] === user) return;
      recordDelivery(recorder, index, schedule.atMs[index] ?? 0, clock.timeOf(moment));
    },
    frameRead() {
      if (run.measuring) recorder.framesInTime++;
      // Timers are coarse, and come late behind a thousand sockets with something to read.
      sender.startDue();
    },
    answered(id, result, error) {
      const index = id - preparedFrom;
      const user = schedule.senders[index] ?? 0;
      const nowMs = clock.nowMs();
      if (error?.retryable === true && plan.returns === true) {
        sender.again(user, index, error.retryAfterMs ?? 100);
        return;
      }
      recordAnswer(recorder, index, nowMs, result, error);
      sender.release(user, index, error?.retryAfterMs ?? 0);
    },
    closed(user, code) {
      recordError(recorder, `CLOSED_${code}`);
      // What this user had under way has no answer any more; what is still to come of them waits in vain.
      const player = players[user];
      if (player !== undefined) for (let i = 0; i < plan.outstanding; i++) player.unanswered.add(-1 - i);
    },
    slowClosed() {
      run.slowClosed++;
    },
    returned(player) {
      run.returns++;
      sender.resendAll(player);
    },
  };
}

/** Plays the schedule, and waits for the answers. */
async function play(run: Run, atMs: number): Promise<GeneratorMessage> {
  const { players, plan, recorder, sender } = run;
  let bytesAtStart = 0;
  recorder.clock.startAt(atMs);
  run.inTime.eventLoopP99Ms = await playSchedule(recorder.clock, {
    startDue: sender.startDue,
    nextDueMs: sender.nextDueMs,
    measuring() {
      run.measuring = true;
      bytesAtStart = bytesRead(players);
    },
    measured() {
      run.measuring = false;
      run.inTime.bytesInTime = bytesRead(players) - bytesAtStart;
    },
  });
  await drainAnswers(recorder);
  return { type: 'answered', lastSeqs: lastAckedSeqs(recorder, plan.conversations.length) };
}

/** Lets every reader come to its end, and hands over what was recorded. */
async function finish(run: Run, lastSeqs: readonly number[]): Promise<GeneratorMessage> {
  const { ids, plan, players, recorder } = run;
  await drainDeliveries(plan, recorder, players, new Map(plan.conversations.map(({ id }, i) => [id, lastSeqs[i] ?? 0])));
  const readers = players.flatMap((player) => (player === undefined ? [] : [...player.readers.values()]));
  // Counted before the last look at the server, which is no repair.
  const repairs = readers.reduce((sum, reader) => sum + reader.repairs, 0);
  await Promise.all(readers.map((reader) => reader.finish()));
  writeRecording(plan, recorder, players, ids);
  for (const player of players) {
    const wire = player?.wire;
    if (player !== undefined) player.wire = null;
    wire?.close();
  }
  const { inTime, returns, slowClosed } = run;
  return { type: 'done', part: summarisePart(recorder, { ...inTime, repairs, returns, slowClosed }) };
}
