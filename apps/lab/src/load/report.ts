import type { Environment } from './environment.ts';
import type { LoadOptions } from './options.ts';
import type { Latency } from './plan.ts';
import type { HotFunction } from './profile.ts';
import type { LoadResult } from './run-load.ts';

/** What a run was, before its figures. */
export function describeRun(options: LoadOptions, environment: Environment): string {
  const { durability, fsync } = environment;
  const durable = durability.fsync === 'on' && durability.synchronous_commit === 'on' && durability.full_page_writes === 'on';
  const conversations = options.workload === 'direct' ? `${options.users / 2} direct conversations` : 'one group of all';
  return lines([
    `${options.workload}: co-located on ${environment.cores} cores: server, Postgres, generator${options.pin ? ' (pinned)' : ''}`,
    `  machine     ${environment.cpu}, ${environment.cores} cores, ${environment.memoryGiB} GiB, Linux ${environment.kernel}, ${environment.fileSystem}`,
    `  software    Node ${environment.node}, Postgres ${environment.postgres}, commit ${environment.commit}, no TLS, no compression, no Redis`,
    `  durability  ${durable ? 'durable' : 'NOT DURABLE'}: fsync ${durability.fsync}, synchronous_commit ${durability.synchronous_commit}, full_page_writes ${durability.full_page_writes}, ${durability.wal_sync_method}; an 8 KB fdatasync takes ${fsync.p50Us} µs (p50), ${fsync.p99Us} µs (p99)`,
    `  load        ${options.users} online users, ${conversations}, ${options.arrivals} arrivals, seed ${options.seed}, texts log-normal with median 60 B, at most ${options.outstanding} unanswered per user`,
    '  client      the wire protocol without the engine; accounts and sessions made by SQL',
  ]);
}

/** The figures of one step, or why it has none. */
export function describeStep(options: LoadOptions, rate: number, step: LoadResult): string {
  const { measurement: m, verification, cpuPercent, invalid } = step;
  const asked = options.closed ? `closed loop, ${options.outstanding} under way for each user,` : `${rate}/s intended`;
  const verified = `${verification.messagesStored} rows, ${verification.sendsChecked} sends, ${verification.readingsChecked} readings`;
  if (verification.findings.length > 0) {
    return lines([
      `${asked}: NOT CORRECT, so there is no result (${verified})`,
      ...verification.findings.map((finding) => `  ${finding.kind} in ${finding.conversationId}: ${finding.detail}`),
    ]);
  }
  const perSecond = (count: number) => Math.round(count / options.seconds).toLocaleString('en');
  const errors = Object.entries(m.errors).map(([code, count]) => `${code} ${count}`);
  return lines([
    `${asked} for ${options.seconds} s`,
    `  durable     ${perSecond(m.ackedInTime)} sends/s acknowledged after commit (${m.acked} of ${m.intended} intended)`,
    `  deliveries  ${perSecond(m.deliveredInTime)}/s in ${perSecond(m.framesInTime)} frames/s, ${(m.bytesInTime / options.seconds / 2 ** 20).toFixed(1)} MiB/s`,
    `              ${'p50'.padStart(8)}${'p90'.padStart(9)}${'p99'.padStart(9)}${'p99.9'.padStart(9)}${'max'.padStart(9)}  ms from the intended moment`,
    `  ack         ${latency(m.ack)}`,
    `  delivery    ${latency(m.delivery)}`,
    ...(options.workload === 'group' ? [`  last one    ${latency(m.lastReceiver)}`] : []),
    `  errors      ${errors.length === 0 ? 'none' : errors.join(', ')}; ${m.waited} sends waited for an earlier answer; ${m.repairs} repairs`,
    `  CPU         server ${cpuPercent.server.toFixed(0)} %, Postgres ${cpuPercent.postgres.toFixed(0)} %, generators ${cpuPercent.generators.map((percent) => percent.toFixed(0)).join(' + ')} % of a core; server ${step.serverMiB} MiB`,
    `  generator   ${invalid.length === 0 ? 'valid' : `NOT VALID: ${invalid.join('; ')}`}; scheduling lag p99 ${ms(m.lag.p99)} ms, event loop p99 ${m.eventLoopP99Ms.toFixed(1)} ms`,
    `  verified    ${verified}: each acknowledged message once, no hole, one order, nothing missed`,
  ]);
}

export function describeProfile(functions: readonly HotFunction[]): string {
  return lines([
    '  hottest functions of the server (own time):',
    ...functions.map((f) => `    ${f.selfPercent.toFixed(1).padStart(5)} %  ${f.name}`),
  ]);
}

function latency({ p50, p90, p99, p999, max }: Latency): string {
  return [p50, p90, p99, p999, max].map((us, i) => ms(us).padStart(i === 0 ? 8 : 9)).join('');
}

function ms(us: number): string {
  return (us / 1000).toFixed(1);
}

function lines(list: string[]): string {
  return `${list.join('\n')}\n`;
}
