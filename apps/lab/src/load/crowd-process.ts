import { type Child, startChild } from './child.ts';
import type { CrowdCommand, CrowdMessage, StormResult } from './crowd-plan.ts';
import { sharedNowMs } from './run-clock.ts';

/** Many sockets, spread over processes of their own. */
export interface Crowd {
  pids: number[];
  /** Opens every socket; how long it took, and how many are open. */
  connect(): Promise<{ seconds: number; open: number }>;
  remember(): Promise<void>;
  /** Cuts everybody at one moment, and lets them come back. `cut` is called at that moment. */
  storm(giveUpMs: number, cut: () => void): Promise<StormResult>;
  count(): Promise<number>;
  end(): void;
}

export interface CrowdOptions {
  port: number;
  users: readonly { accessToken: string }[];
  processes: number;
  /** By user, the conversation in which something is said while everybody is away. */
  conversations?: readonly string[];
}

const connectAtOnce = 50;
/** From the command to the cut: every process gets to know of it. */
const cutLeadMs = 500;

export async function startCrowd({ port, users, processes, conversations }: CrowdOptions): Promise<Crowd> {
  const share = Math.ceil(users.length / processes);
  const children = Array.from({ length: processes }, (_, i): Child<CrowdCommand, CrowdMessage> => {
    const child = startChild<CrowdCommand, CrowdMessage>(new URL('./crowd.ts', import.meta.url));
    const from = i * share;
    const mine = { users: users.slice(from, from + share), from, connectAtOnce: Math.ceil(connectAtOnce / processes) };
    const theirs = conversations === undefined ? {} : { conversations: conversations.slice(from, from + share) };
    child.tell({ type: 'plan', plan: { port, ...mine, ...theirs } });
    return child;
  });
  const tellAll = (command: CrowdCommand) => {
    for (const child of children) child.tell(command);
  };
  const all = <T extends CrowdMessage['type']>(type: T) => Promise.all(children.map((child) => child.next(type)));
  return {
    pids: children.map(({ pid }) => pid),
    async connect() {
      tellAll({ type: 'connect' });
      const answers = await all('connected');
      const open = answers.reduce((sum, answer) => sum + answer.open, 0);
      return { seconds: Math.max(...answers.map((answer) => answer.seconds)), open };
    },
    async remember() {
      tellAll({ type: 'remember' });
      await all('remembered');
    },
    async storm(giveUpMs, cut) {
      const atMs = sharedNowMs() + cutLeadMs;
      tellAll({ type: 'storm', atMs, giveUpMs });
      setTimeout(cut, atMs - sharedNowMs());
      const results = (await all('stormed')).map(({ result }) => result);
      return {
        caughtUpMs: results.flatMap((result) => result.caughtUpMs),
        connectedMs: results.flatMap((result) => result.connectedMs),
        coldSyncs: results.reduce((sum, result) => sum + result.coldSyncs, 0),
        failedAttempts: results.reduce((sum, result) => sum + result.failedAttempts, 0),
        wrong: results.flatMap((result) => result.wrong).slice(0, 20),
      };
    },
    async count() {
      tellAll({ type: 'count' });
      return (await all('counted')).reduce((sum, answer) => sum + answer.open, 0);
    },
    end() {
      for (const child of children) child.end();
    },
  };
}
