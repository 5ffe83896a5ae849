import type { AudienceCommand, AudienceMessage, AudienceReport } from './audience-plan.ts';
import { type Child, startChild } from './child.ts';
import { mergeLatencies } from './latency.ts';

/** Members of one group who listen, spread over processes of their own. */
export interface Audience {
  connect(): Promise<{ seconds: number; open: number }>;
  /** They are members all, and have this change. */
  begin(change: number): void;
  /** When the last of them had this change, on the shared clock; `late` never had it. */
  reach(change: number): Promise<{ atMs: number; late: number }>;
  /** What was heard since the last time. */
  report(): Promise<AudienceReport>;
  end(): void;
}

export interface AudienceOptions {
  port: number;
  users: readonly { accessToken: string }[];
  processes: number;
}

const connectAtOnce = 50;
const giveUpMs = 30_000;

export function startAudience({ port, users, processes }: AudienceOptions): Audience {
  const share = Math.ceil(users.length / processes);
  const children = Array.from({ length: processes }, (_, i): Child<AudienceCommand, AudienceMessage> => {
    const child = startChild<AudienceCommand, AudienceMessage>(new URL('./audience.ts', import.meta.url));
    const from = i * share;
    const mine = { users: users.slice(from, from + share), from, connectAtOnce: Math.ceil(connectAtOnce / processes) };
    child.tell({ type: 'plan', plan: { port, ...mine } });
    return child;
  });
  const ask = <T extends AudienceMessage['type']>(command: AudienceCommand, answer: T) => {
    for (const child of children) child.tell(command);
    return Promise.all(children.map((child) => child.next(answer)));
  };
  return {
    async connect() {
      const answers = await ask({ type: 'connect' }, 'connected');
      return {
        seconds: Math.max(...answers.map((answer) => answer.seconds)),
        open: sum(answers.map((answer) => answer.open)),
      };
    },
    begin(change) {
      for (const child of children) child.tell({ type: 'begin', change });
    },
    async reach(change) {
      const answers = await ask({ type: 'reach', change, giveUpMs }, 'reached');
      return { atMs: Math.max(...answers.map((answer) => answer.atMs)), late: sum(answers.map((answer) => answer.late)) };
    },
    async report() {
      return merge((await ask({ type: 'report' }, 'reported')).map(({ report }) => report));
    },
    end() {
      for (const child of children) child.end();
    },
  };
}

function merge(reports: readonly AudienceReport[]): AudienceReport {
  const last = new Map<number, [number, number]>();
  for (const [seq, sentMs, atMs] of reports.flatMap((report) => report.last)) {
    last.set(seq, [sentMs, Math.max(atMs, last.get(seq)?.[1] ?? 0)]);
  }
  const total = (of: 'members' | 'bytes' | 'frames' | 'holes' | 'resyncs') => sum(reports.map((report) => report[of]));
  return {
    members: total('members'),
    bytes: total('bytes'),
    frames: total('frames'),
    holes: total('holes'),
    resyncs: total('resyncs'),
    delivery: mergeLatencies(reports.map((report) => report.delivery)),
    last: [...last].map(([seq, [sentMs, atMs]]) => [seq, sentMs, atMs]),
    eventLoopP99Ms: Math.max(...reports.map((report) => report.eventLoopP99Ms)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
