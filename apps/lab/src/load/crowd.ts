import { setTimeout as delay } from 'node:timers/promises';
import type { ResumeResult, SnapshotResult, StreamItem } from '@nexo/shared';
import { connectWire, loopbackAddress, type WireClient } from '../wire/wire-client.ts';
import { serveParent } from './child.ts';
import type { CrowdCommand, CrowdMessage, CrowdPlan, StormResult } from './crowd-plan.ts';
import { sharedNowMs } from './run-clock.ts';

/** A process of people who are connected and mostly silent; it can cut them all and let them come back. */
interface Member {
  number: number;
  wire: WireClient | null;
  epoch: string;
  userChange: number;
  /** Of every conversation. */
  cursors: Map<string, number>;
  /** Changes of live events of this socket. */
  live: { id: string; change: number }[];
}

let plan: CrowdPlan | undefined;
let members: Member[] = [];

serveParent<CrowdCommand, CrowdMessage>(async (command, tell) => {
  if (command.type === 'plan') {
    plan = command.plan;
    members = plan.users.map((_, number) => {
      return { number, wire: null, epoch: '', userChange: 0, cursors: new Map(), live: [] };
    });
    return;
  }
  if (plan === undefined) return;
  const current = plan;
  if (command.type === 'connect') {
    const startedAt = performance.now();
    await inTurns(current.connectAtOnce, (member) => connect(current, member));
    tell({ type: 'connected', seconds: (performance.now() - startedAt) / 1000, open: countOpen() });
  } else if (command.type === 'remember') {
    await inTurns(current.connectAtOnce, remember);
    tell({ type: 'remembered' });
  } else if (command.type === 'storm') {
    tell({ type: 'stormed', result: await storm(current, command.atMs, command.giveUpMs) });
  } else {
    tell({ type: 'counted', open: countOpen() });
  }
});

function countOpen(): number {
  return members.filter(({ wire }) => wire !== null).length;
}

/** Everybody, so many at a time. */
async function inTurns(atOnce: number, work: (member: Member) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let member = members[next++]; member !== undefined; member = members[next++]) await work(member);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function connect({ port, users, from }: CrowdPlan, member: Member, take = (_: Member) => {}): Promise<void> {
  member.live = [];
  let mine: WireClient | null = null;
  const events = {
    items(items: readonly StreamItem[]) {
      for (const item of items) {
        if ('conversationId' in item && 'change' in item) member.live.push({ id: item.conversationId, change: item.change });
      }
      take(member);
    },
    answered() {},
    closed() {
      if (mine !== null && member.wire === mine) member.wire = null;
    },
  };
  const token = users[member.number]?.accessToken ?? '';
  mine = await connectWire(port, token, events, { localAddress: loopbackAddress(from + member.number) });
  await mine.subscribe();
  member.wire = mine;
}

async function remember(member: Member): Promise<void> {
  let cursor: string | null = null;
  do {
    const page: SnapshotResult | undefined = await member.wire?.call('query', 'sync.snapshot', cursor === null ? {} : { cursor });
    if (page === undefined) return;
    if (cursor === null) Object.assign(member, { epoch: page.epoch, userChange: page.userChange });
    for (const { id, head } of page.items) member.cursors.set(id, head.change);
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** As the engine waits between attempts (`packages/client/src/transport/backoff.ts`): full jitter up to half a second, doubling. */
const retryFirstMs = 500;
const retryMaxMs = 30_000;
const backoffMs = (attempt: number) => Math.random() * Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(attempt, 16));

async function storm(current: CrowdPlan, atMs: number, giveUpMs: number): Promise<StormResult> {
  const { conversations } = current;
  const result: StormResult = {
    caughtUpMs: new Array(members.length).fill(-1),
    connectedMs: new Array(members.length).fill(-1),
    coldSyncs: 0,
    failedAttempts: 0,
    wrong: [],
  };
  const sinceCut = () => sharedNowMs() - atMs;

  async function comeBack(member: Member): Promise<void> {
    const { number } = member;
    const id = conversations?.[number];
    let resumed = false;
    const expected = id === undefined ? undefined : (member.cursors.get(id) ?? 0) + 1;
    /** Everything that was said while this one was away has been applied: it comes by the resume, or live right after it. */
    const look = () => {
      if (!resumed || (result.caughtUpMs[number] ?? 0) >= 0) return;
      for (const { id: of, change } of member.live.splice(0)) {
        if (change > (member.cursors.get(of) ?? 0)) member.cursors.set(of, change);
      }
      if (id === undefined || expected === undefined || (member.cursors.get(id) ?? 0) >= expected) {
        result.caughtUpMs[number] = sinceCut();
      }
    };
    for (let attempt = 0; sinceCut() < giveUpMs; attempt++) {
      await delay(backoffMs(attempt));
      try {
        await connect(current, member, look);
        result.connectedMs[number] = sinceCut();
        await resume(member, result);
        resumed = true;
        look();
        return;
      } catch {
        result.failedAttempts++;
        member.wire?.close();
        member.wire = null;
      }
    }
  }

  await delay(Math.max(0, -sinceCut()));
  const cut = members.map(({ wire }) => wire);
  for (const member of members) member.wire = null;
  for (const wire of cut) wire?.close();
  await Promise.all(members.map(comeBack));
  // What was said last may still be on its way to those who are back.
  while (sinceCut() < giveUpMs && result.caughtUpMs.some((ms) => ms < 0)) await delay(20);
  return result;
}

async function resume(member: Member, result: StormResult): Promise<void> {
  const conversations = [...member.cursors].map(([id, change]) => ({ id, change }));
  const input = { epoch: member.epoch, userChange: member.userChange, conversations };
  const answer = await member.wire?.call<ResumeResult>('query', 'sync.resume', input);
  if (answer === undefined) throw new Error('The socket is gone.');
  if (answer.kind === 'epochChanged') {
    result.coldSyncs++;
    return;
  }
  member.userChange = answer.userChange;
  for (const repair of answer.repairs) {
    if (repair.kind === 'reset') {
      result.coldSyncs++;
      member.cursors.set(repair.conversation.id, repair.conversation.head.change);
    } else if (repair.kind === 'changes') {
      const seqs = repair.messages.map(({ seq }) => seq);
      if (new Set(seqs).size !== seqs.length) result.wrong.push(`member ${member.number} got a message twice`);
      member.cursors.set(repair.conversationId, repair.head.change);
    } else result.wrong.push(`member ${member.number} is said to have lost a conversation`);
  }
}
