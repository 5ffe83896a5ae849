import { deviceOf, type SendLine, userOf } from '../../history/line.ts';
import { type Case, describeRow, livelyMicros, sendKey } from './case.ts';

type Phase<P extends SendLine['phase']> = Extract<SendLine, { phase: P }>;

/** One message that somebody wanted to send, with everything that became of it. */
interface Send {
  invoke: Phase<'invoke'> | undefined;
  attempts: Phase<'attempt'>[];
  oks: Phase<'ok'>[];
  fails: Phase<'fail'>[];
  infos: Phase<'info'>[];
}

/** What a device has not stored yet when its power is cut is forgotten; this long after pressing the key it is stored. */
const storedAfterMicros = 1_000_000;

/** I1, I2, I3, I4, I8, I9 of what was sent. What was edited since is compared by {@link checkAmended}. */
export function checkSends(one: Case): void {
  const sends = gather(one);
  for (const [key, send] of sends) {
    checkAcknowledged(one, key, send);
    checkRefused(one, key, send);
    checkDelivered(one, key, send);
  }
  for (const [key, row] of one.rows) {
    const send = sends.get(key);
    if (send?.invoke === undefined) {
      one.found.add('I2', one.id, `nobody sent message ${row.seq}`, [], [describeRow(row)]);
    } else if (row.contentChange === 0 && send.invoke.via !== 'forward' && send.invoke.content !== row.content) {
      one.found.add(
        'I2',
        one.id,
        `message ${row.seq} is stored with another content than was sent`,
        [send.invoke],
        [describeRow(row)],
      );
    }
  }
  checkSenderOrder(one, sends);
  checkRealTimeOrder(one, sends);
}

function gather({ lines }: Case): Map<string, Send> {
  const sends = new Map<string, Send>();
  for (const line of lines) {
    if (line.op !== 'send') continue;
    const key = sendKey(userOf(line.by), line.id);
    let send = sends.get(key);
    if (send === undefined) {
      send = { invoke: undefined, attempts: [], oks: [], fails: [], infos: [] };
      sends.set(key, send);
    }
    if (line.phase === 'invoke') send.invoke = line;
    else if (line.phase === 'attempt') send.attempts.push(line);
    else if (line.phase === 'ok') send.oks.push(line);
    else if (line.phase === 'fail') send.fails.push(line);
    else if (line.phase === 'info') send.infos.push(line);
  }
  return sends;
}

/** I1: what was acknowledged is there. I3: the same place for every answer. I4: the place that was told. */
function checkAcknowledged({ id, rows, found }: Case, key: string, { invoke, oks }: Send): void {
  const [first] = oks;
  if (first === undefined) return;
  const row = rows.get(key);
  if (row === undefined) {
    found.add('I1', id, `a message was acknowledged as ${first.seq} and is not stored`, [invoke, first]);
    return;
  }
  for (const ok of oks) {
    if (ok.seq !== first.seq) {
      found.add(
        'I3',
        id,
        `one message was acknowledged as ${first.seq} and as ${ok.seq}`,
        [invoke, first, ok],
        [describeRow(row)],
      );
      return;
    }
    // An answer to a message that was edited meanwhile names its later wording.
    const isSame = row.isChanged ? ok.change <= row.change : ok.change === row.change && ok.digest === row.digest;
    if (ok.seq !== row.seq || !isSame) {
      found.add('I4', id, `message ${row.seq} was acknowledged as another one`, [invoke, ok], [describeRow(row)]);
      return;
    }
  }
}

/** I2: what every attempt was refused, or what was never tried, is not there. */
function checkRefused({ id, rows, found }: Case, key: string, { invoke, attempts, fails, oks, infos }: Send): void {
  const row = rows.get(key);
  if (row === undefined || oks.length + infos.length > 0 || fails.length < attempts.length) return;
  const what = attempts.length === 0 ? 'never left its device' : 'was refused each time';
  found.add('I2', id, `message ${row.seq} is stored although it ${what}`, [invoke, ...attempts, ...fails], [describeRow(row)]);
}

/** I3: what the outbox has tried to send is there in the end, unless it was refused for good or its device is lost. */
function checkDelivered({ id, rows, found, devices }: Case, key: string, { invoke, attempts, fails }: Send): void {
  if (invoke === undefined || invoke.via !== 'outbox' || rows.has(key)) return;
  if (devices.abandoned.has(deviceOf(invoke.by)) || fails.some((fail) => !fail.retryable)) return;
  const endedAt = devices.endedAt.get(invoke.by) ?? Number.POSITIVE_INFINITY;
  if (attempts.length === 0 && livelyMicros(devices, invoke.t, endedAt) < storedAfterMicros) return;
  found.add('I3', id, `${invoke.id} waits in no outbox and is not stored`, [invoke, attempts.at(-1), fails.at(-1)]);
}

/** I8: what one device's outbox was given in order stands in that order. */
function checkSenderOrder({ id, rows, found }: Case, sends: ReadonlyMap<string, Send>): void {
  const last = new Map<string, { seq: number; invoke: SendLine }>();
  for (const [key, { invoke }] of sends) {
    const row = rows.get(key);
    if (invoke === undefined || row === undefined || invoke.via !== 'outbox') continue;
    const device = deviceOf(invoke.by);
    const before = last.get(device);
    if (before !== undefined && before.seq > row.seq) {
      const what = `${device} sent message ${row.seq} after message ${before.seq}`;
      found.add('I8', id, what, [before.invoke, invoke], [describeRow(row)]);
    } else last.set(device, { seq: row.seq, invoke });
  }
}

/** I9: what was sent after the answer to another has a higher number. */
function checkRealTimeOrder({ id, lines, rows, found }: Case, sends: ReadonlyMap<string, Send>): void {
  let highest: Phase<'ok'> | undefined;
  for (const line of lines) {
    if (line.op !== 'send') continue;
    if (line.phase === 'ok') {
      if (highest === undefined || line.seq > highest.seq) highest = line;
    } else if (line.phase === 'invoke' && highest !== undefined) {
      const key = sendKey(userOf(line.by), line.id);
      const row = rows.get(key);
      if (row === undefined || row.seq > highest.seq) continue;
      const what = `message ${row.seq} was sent after message ${highest.seq} had been acknowledged`;
      found.add('I9', id, what, [highest, line, sends.get(key)?.oks[0]], [describeRow(row)]);
    }
  }
}
