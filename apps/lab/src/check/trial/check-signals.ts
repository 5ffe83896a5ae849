import { type ConversationLine, userOf } from '../../history/line.ts';
import { type Case, livelyMicros } from './case.ts';

type Received = Extract<ConversationLine, { op: 'received' }>;
type Shown = Extract<ConversationLine, { op: 'typing'; event: 'shown' }>;

/** What typing is given to fade, and what a busy machine may be late. */
const fadeMaxMicros = (6_000 + 4_000) * 1_000;
/** A refusal comes at once; what a slow road or a busy machine adds on the way is not the server's. */
const refusalMaxMs = 2_000;
/**
 * What lies behind when a fault ends is worked off in this time, as late as it may be: a system that comes back is not calm yet. Nor is
 * one on a machine whose cores are all taken, of which the devices' own standing still is the sign.
 */
const recoveryMicros = 5_000 * 1_000;
/** Nobody waits longer than this without being told that it waits. */
const silentMaxMs = 10_000;

/** I20: typing fades. I24: refusals are quick, and who waits is told. */
export function checkSignals({ id, lines, devices, found }: Case): void {
  const heard = new Map<string, Received>();
  const showing = new Map<string, { line: Shown; user: string }>();
  const fade = (key: string, by: string, at: number, end: ConversationLine | undefined) => {
    const shown = showing.get(key);
    const last = heard.get(key);
    showing.delete(key);
    if (shown === undefined) return;
    const since = Math.max(shown.line.t, last?.t ?? 0);
    if (livelyMicros(devices, since, at) > fadeMaxMicros) {
      found.add('I20', id, `${by} still showed ${shown.user} as typing after ${Math.round((at - since) / 1e6)} s`, [
        shown.line,
        last,
        end,
      ]);
    }
  };
  const tookMs = (line: { t: number; ms: number }) => livelyMicros(devices, line.t - line.ms * 1_000, line.t) / 1_000;
  const passedOn = new Set<string>();
  for (const line of lines) {
    if (line.op === 'send' && line.phase === 'invoke' && line.via === 'forward') passedOn.add(line.id);
    if (line.op === 'received' && line.type === 'typing') heard.set(`${line.by} ${line.user}`, line);
    else if (line.op === 'typing' && line.event === 'shown') {
      for (const [key, { user }] of showing) {
        if (key.startsWith(`${line.by} `) && !line.users.includes(user)) fade(key, line.by, line.t, line);
      }
      for (const user of line.users) {
        const key = `${line.by} ${user}`;
        if (!showing.has(key)) showing.set(key, { line, user });
      }
      if (line.users.includes(userOf(line.by))) found.add('I20', id, `${line.by} shows its own person as typing`, [line]);
    } else if (line.op === 'send' && line.phase === 'fail' && line.code === 'OVERLOADED' && tookMs(line) > refusalMaxMs) {
      // One answer for all that is passed on is no sooner there than the last of it.
      if (passedOn.has(line.id)) continue;
      const sentAt = line.t - line.ms * 1_000;
      const troubles = [...devices.faultTimes, ...devices.stalls];
      const isCalm = !troubles.some(([from, to]) => from < line.t && to + recoveryMicros > sentAt);
      if (isCalm) found.add('I24', id, `a message was refused only after ${Math.round(line.ms)} ms`, [line]);
    } else if (line.op === 'send' && line.phase === 'silent' && tookMs(line) > silentMaxMs) {
      found.add('I24', id, `${line.by} showed a message as being sent for ${Math.round(line.ms)} ms`, [line]);
    }
  }
  const lastAt = lines.at(-1)?.t ?? 0;
  for (const [key, { line }] of [...showing]) fade(key, line.by, devices.endedAt.get(line.by) ?? lastAt, undefined);
}
