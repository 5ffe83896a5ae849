import { setTimeout as delay } from 'node:timers/promises';
import type { ConversationView, ListMessagesResult, MemberView, SnapshotResult } from '@nexo/shared';
import { limits, newId } from '@nexo/shared';
import { checkUnread } from '../../check/index.ts';
import type { Account } from '../../harness/seed.ts';
import { stampedText } from '../../load/audience-plan.ts';
import { type Audience, startAudience } from '../../load/audience-process.ts';
import { fillGroup } from '../../load/fill-group.ts';
import { latencyHistogram } from '../../load/latency.ts';
import { residentMiB } from '../../load/processes.ts';
import { sharedNowMs } from '../../load/run-clock.ts';
import type { System } from '../../load/system.ts';
import { seedUsers } from '../../load/topology.ts';
import { connectWire, type WireClient, WireError } from '../../wire/index.ts';
import { at, type Bench, emptyResult, latencyRow, ms, type Workload, type WorkloadResult, withSystem } from '../workload.ts';

interface Size {
  members: number;
  /** Members who are connected while it all happens. */
  online: number;
  /** Whether everybody comes by `groups.invite`, or all but the first and the last by SQL. */
  filledBy: 'batches' | 'SQL';
}

const sizes = (bench: Bench): Size[] =>
  at<Size[]>(
    bench,
    [
      { members: 10_000, online: 1_000, filledBy: 'batches' },
      { members: 100_000, online: 1_000, filledBy: 'SQL' },
    ],
    [{ members: 2_000, online: 200, filledBy: 'batches' }],
    [{ members: 60, online: 10, filledBy: 'batches' }],
  );

/** W-24: everything that is done with a group, where it is large. */
export const largeGroup: Workload = {
  id: 'W-24',
  title: 'Groups of 10,000 and of 100,000 members',
  what:
    'A large group is made and filled by `groups.invite`, 200 people a call, while a thousand of its members are connected (the group of ' +
    '100,000 mostly by SQL). Then what people do with it: look at the list of members and page through all of it, open the conversation with ' +
    'an empty store, write, speak to all, mark read, change roles, mute, remove, dismiss. “Heard” is when the last of the thousand had the ' +
    'event. Everybody has to hear every change, in order.',
  async run(bench) {
    const result = emptyResult();
    for (const size of sizes(bench)) await measureSize(bench, size, result);
    return result;
  },
};

/** A group under measurement, and who is there. */
interface Stage {
  bench: Bench;
  size: Size;
  result: WorkloadResult;
  system: System;
  port: number;
  accounts: Account[];
  audience: Audience;
  owner: WireClient;
  conversationId: string;
}

function measureSize(bench: Bench, size: Size, result: WorkloadResult): Promise<void> {
  const isAboveDefault = size.members > limits.groupLargeMaxMembers;
  const env = isAboveDefault ? { env: { GROUP_LARGE_MAX_MEMBERS: String(size.members) } } : {};
  return withSystem(bench, env, async (system) => {
    const accounts = await seedUsers(system.db, size.members);
    const port = system.nodes[0]?.port ?? 0;
    const audience = startAudience({ port, users: accounts.slice(1, 1 + size.online), processes: 2 });
    const stage = { bench, size, result, system, port, accounts, audience };
    try {
      const owner = await connect(port, accounts[0]);
      const before = memoryOf(system);
      const conversationId = await makeGroup({ ...stage, owner, conversationId: '' });
      const made: Stage = { ...stage, owner, conversationId };
      await lookAtMembers(made);
      await openIt(made);
      await writeInIt(made);
      await readIt(made);
      await manageIt(made);
      await verify(made);
      await dismissIt(made);
      figure(made, 'memory', 'server memory, before and at the end: more', 'MiB', Math.round(memoryOf(system) - before));
      figure(made, 'memory-end', 'server memory at the end', 'MiB', Math.round(memoryOf(system)));
      owner.close();
    } finally {
      audience.end();
    }
  });
}

const memoryOf = ({ nodes }: System) => nodes.reduce((sum, node) => sum + residentMiB(node.pid), 0);

function connect(port: number, account: Account | undefined): Promise<WireClient> {
  return connectWire(port, account?.accessToken ?? '', { items() {}, answered() {}, closed() {} });
}

function figure({ result, size }: Pick<Stage, 'result' | 'size'>, id: string, name: string, unit: string, value: number): void {
  const of = size.members.toLocaleString('en');
  result.figures.push({ id: `${id}-${size.members}`, name: `${of}: ${name}`, unit, value });
}

/** Does something so often, one after the other, and notes how long each answer took and when the last listener had heard of it. */
async function measure(
  stage: Stage,
  id: string,
  name: string,
  times: number,
  work: (i: number) => Promise<unknown>,
): Promise<void> {
  const { result, size, audience } = stage;
  const acks = latencyHistogram();
  const heard = latencyHistogram();
  await audience.report();
  for (let i = 0; i < times; i++) {
    const from = sharedNowMs();
    await work(i);
    acks.record(sharedNowMs() - from);
    const { atMs, late } = await audience.reach(await changeOf(stage));
    heard.record(atMs - from);
    if (late > 0) result.findings.push(`${late} members had not heard of “${name}” after half a minute`);
  }
  const { bytes, members } = await takeReport(stage, name);
  const of = size.members.toLocaleString('en');
  result.latencies.push(latencyRow(`${of}: ${name}`, acks.summary()), latencyRow(`${of}: ${name}, heard`, heard.summary()));
  const { p50, p99 } = acks.summary();
  figure(stage, `${id}-p50`, `${name}, p50`, 'ms', ms(p50));
  figure(stage, `${id}-p99`, `${name}, p99`, 'ms', ms(p99));
  figure(stage, `${id}-heard`, `${name}, heard by the last one, p99`, 'ms', ms(heard.summary().p99));
  figure(stage, `${id}-bytes`, `${name}, to each member`, 'B', Math.round(bytes / Math.max(1, members) / times));
}

async function takeReport({ audience, result }: Stage, name: string) {
  const report = await audience.report();
  if (report.holes > 0) result.findings.push(`${name}: ${report.holes} changes came without the one before them`);
  if (report.resyncs > 0) result.notes.push(`${name}: ${report.resyncs} listeners were told to begin anew`);
  if (report.eventLoopP99Ms > 10) {
    result.invalid.push(`${name}: a listener's event loop p99 ${report.eventLoopP99Ms.toFixed(1)} ms is above 10 ms`);
  }
  return report;
}

async function changeOf({ system, conversationId }: Stage): Promise<number> {
  const [head] = await system.db.sql<{ change: number }[]>`
    select change from heads where conversation_id = ${conversationId}`;
  return head?.change ?? 0;
}

/** Makes the group and fills it. With batches everybody listens from the beginning; else once it is nearly full. */
async function makeGroup(stage: Stage): Promise<string> {
  const { bench, size, system, accounts, audience, owner, result } = stage;
  const batch = at(bench, limits.groupCreateMaxMembers, limits.groupCreateMaxMembers, 20);
  const ids = accounts.map((account) => account.id);
  const listen = async (change?: number) => {
    const { open } = await audience.connect();
    if (open !== size.online) result.findings.push(`only ${open} of ${size.online} were connected`);
    if (change !== undefined) audience.begin(change);
  };
  if (size.filledBy === 'batches') await listen();
  const from = performance.now();
  const { id } = await owner.call<ConversationView>('mutation', 'groups.create', {
    ...{ name: 'Everybody', size: 'large', memberIds: ids.slice(1, batch) },
  });
  figure(stage, 'create', `made with ${batch} members`, 'ms', Math.round(performance.now() - from));
  const made = { ...stage, conversationId: id };
  const rest = ids.slice(batch);
  if (size.filledBy === 'SQL') {
    await fillGroup(system.db, id, rest.splice(0, rest.length - batch));
    await system.db.sql`vacuum analyze`;
    await listen(await changeOf(made));
  }
  const batches = Array.from({ length: Math.ceil(rest.length / batch) }, (_, i) => rest.slice(i * batch, (i + 1) * batch));
  const filledFrom = performance.now();
  await measure(made, 'batch', `${batch} people invited in one call`, batches.length, (i) =>
    owner.call('mutation', 'groups.invite', { conversationId: id, userIds: batches[i] }),
  );
  const seconds = (performance.now() - filledFrom) / 1000;
  if (size.filledBy === 'batches') figure(stage, 'filled', 'filled by batches', 's', Math.round(seconds * 10) / 10);
  return id;
}

interface MemberPage {
  items: MemberView[];
  nextCursor: string | null;
}

/** The list of members, as the panel of the web chat shows it: a page with its names; and then, as nobody does, all of it. */
async function lookAtMembers(stage: Stage): Promise<void> {
  const { bench, size, port, accounts, conversationId, result } = stage;
  const member = await connect(port, accounts.at(-1));
  const page = (cursor?: string) =>
    member.call<MemberPage>('query', 'groups.members', {
      ...{ conversationId, limit: limits.pageMax },
      ...(cursor === undefined ? {} : { cursor }),
    });
  const first = latencyHistogram();
  const named = latencyHistogram();
  let bytes = 0;
  for (let i = 0; i < at(bench, 100, 20, 2); i++) {
    const from = performance.now();
    const { items } = await page();
    first.record(performance.now() - from);
    await member.call('query', 'users.get', { userIds: items.map((item) => item.userId) });
    named.record(performance.now() - from);
    bytes = JSON.stringify(items).length;
  }
  const pages = latencyHistogram();
  const seen: string[] = [];
  const from = performance.now();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const turnedAt = performance.now();
    const { items, nextCursor }: MemberPage = await page(cursor);
    pages.record(performance.now() - turnedAt);
    seen.push(...items.map((item) => item.userId));
    cursor = nextCursor;
  }
  const all = performance.now() - from;
  if (new Set(seen).size !== size.members || seen.length !== size.members) {
    result.findings.push(
      `the pages of members have ${seen.length} people, ${new Set(seen).size} different ones, of ${size.members}`,
    );
  }
  const of = size.members.toLocaleString('en');
  result.latencies.push(latencyRow(`${of}: first page of members`, first.summary()));
  result.latencies.push(latencyRow(`${of}: first page of members and their names`, named.summary()));
  result.latencies.push(latencyRow(`${of}: any page of members`, pages.summary()));
  figure(stage, 'page-p99', `first ${limits.pageMax} members, p99`, 'ms', ms(first.summary().p99));
  figure(stage, 'page-bytes', `first ${limits.pageMax} members`, 'B', bytes);
  figure(stage, 'pages', 'all members, page by page', 'ms', Math.round(all));
  member.close();
}

/** A member comes with an empty store: connects, and opens the conversation and its panel. */
async function openIt(stage: Stage): Promise<void> {
  const { bench, size, port, accounts, conversationId, result } = stage;
  const opened = latencyHistogram();
  const panel = latencyHistogram();
  let bytes = 0;
  for (let i = 0; i < at(bench, 50, 10, 2); i++) {
    const from = performance.now();
    const member = await connect(port, accounts.at(-1 - i));
    await member.subscribe();
    const snapshot = await member.call<SnapshotResult>('query', 'sync.snapshot', {});
    const page = await member.call<ListMessagesResult>('query', 'messages.list', {
      conversationId,
      limit: limits.latestPageMessages,
    });
    opened.record(performance.now() - from);
    bytes = JSON.stringify(snapshot).length + JSON.stringify(page).length;
    if (!snapshot.items.some((item) => item.id === conversationId)) result.findings.push('a member does not see the group');
    const panelFrom = performance.now();
    await member.call('query', 'groups.get', { conversationId });
    await member.call('query', 'groups.members', { conversationId, limit: limits.pageMax });
    panel.record(performance.now() - panelFrom);
    member.close();
  }
  const of = size.members.toLocaleString('en');
  result.latencies.push(latencyRow(`${of}: connected and opened with an empty store`, opened.summary()));
  result.latencies.push(latencyRow(`${of}: its panel`, panel.summary()));
  figure(stage, 'open-p99', 'connected and opened with an empty store, p99', 'ms', ms(opened.summary().p99));
  figure(stage, 'open-bytes', 'what it takes to open it', 'B', bytes);
  figure(stage, 'panel-p99', 'its panel, p99', 'ms', ms(panel.summary().p99));
}

/** Members write at a constant rate; then the owner speaks to all. */
async function writeInIt(stage: Stage): Promise<void> {
  const { bench, size, port, accounts, owner, conversationId } = stage;
  const rate = at(bench, 10, 10, 10);
  const count = rate * at(bench, 20, 4, 1);
  const writers = await Promise.all(accounts.slice(1, 21).map((account) => connect(port, account)));
  const of = size.members.toLocaleString('en');
  await send(stage, 'send', `${rate} messages a second`, count, rate, (i, text) =>
    (writers[i % writers.length] ?? owner).call('mutation', 'messages.send', {
      ...{ conversationId, clientMessageId: newId(), content: { type: 'text', text } },
    }),
  );
  await send(stage, 'all', 'a mention of all', at(bench, 20, 5, 2), 2, (_, text) =>
    owner.call('mutation', 'messages.send', {
      ...{ conversationId, clientMessageId: newId(), content: { type: 'text', text: `${text} @all`, mentionsAll: true } },
    }),
  );
  const [first] = writers;
  const mine = await first?.call<ListMessagesResult>('query', 'messages.list', { conversationId, limit: 50 });
  const own = mine?.items.find((item) => item.senderId === accounts[1]?.id);
  const receipts = latencyHistogram();
  for (let i = 0; own !== undefined && i < at(bench, 20, 5, 1); i++) {
    const from = performance.now();
    await first?.call('query', 'messages.receipts', { conversationId, seq: own.seq });
    receipts.record(performance.now() - from);
  }
  if (own !== undefined) {
    stage.result.latencies.push(latencyRow(`${of}: how many have read a message`, receipts.summary()));
    figure(stage, 'receipts-p99', 'how many have read a message, p99', 'ms', ms(receipts.summary().p99));
  }
  for (const writer of writers) writer.close();
}

/** An open loop: each is due at its moment, whatever became of those before it. */
async function send(
  stage: Stage,
  id: string,
  name: string,
  count: number,
  rate: number,
  call: (i: number, text: string) => Promise<unknown>,
): Promise<void> {
  const { result, size, audience } = stage;
  await audience.report();
  const acks = latencyHistogram();
  const lag = latencyHistogram();
  const startMs = sharedNowMs() + 100;
  const under: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    const due = startMs + (1000 * i) / rate;
    await delay(Math.max(0, due - sharedNowMs()));
    lag.record(sharedNowMs() - due);
    const acked = () => acks.record(sharedNowMs() - due);
    under.push(call(i, stampedText(due)).then(acked, (error: unknown) => result.findings.push(`${name}: ${String(error)}`)));
  }
  await Promise.all(under);
  const { late } = await audience.reach(await changeOf(stage));
  const { delivery, last, bytes, members } = await takeReport(stage, name);
  if (late > 0 || last.length !== count) result.findings.push(`${name}: ${last.length} of ${count} messages were heard`);
  if (delivery.count !== count * members) {
    result.findings.push(`${name}: ${delivery.count} deliveries of ${count} messages to ${members} members`);
  }
  if (lag.summary().p99 > 5_000) result.invalid.push(`${name}: scheduling lag p99 ${ms(lag.summary().p99)} ms is above 5 ms`);
  const lastReceiver = latencyHistogram();
  for (const [, sentMs, atMs] of last) lastReceiver.record(atMs - sentMs);
  const of = size.members.toLocaleString('en');
  result.latencies.push(latencyRow(`${of}: ${name}, ack`, acks.summary()));
  result.latencies.push(latencyRow(`${of}: ${name}, delivery`, delivery));
  result.latencies.push(latencyRow(`${of}: ${name}, last receiver`, lastReceiver.summary()));
  figure(stage, `${id}-ack-p50`, `${name}, ack p50`, 'ms', ms(acks.summary().p50));
  figure(stage, `${id}-ack-p99`, `${name}, ack p99`, 'ms', ms(acks.summary().p99));
  figure(stage, `${id}-delivery-p50`, `${name}, delivery p50`, 'ms', ms(delivery.p50));
  figure(stage, `${id}-delivery-p99`, `${name}, delivery p99`, 'ms', ms(delivery.p99));
  figure(stage, `${id}-last-p99`, `${name}, last receiver p99`, 'ms', ms(lastReceiver.summary().p99));
  figure(stage, `${id}-bytes`, `${name}, to each member`, 'B', Math.round(bytes / Math.max(1, members) / count));
}

/** Many read what was said, all within a second. */
async function readIt(stage: Stage): Promise<void> {
  const { bench, size, port, accounts, system, conversationId, result } = stage;
  const readers = Math.min(at(bench, 200, 100, 5), size.online);
  const wires = await Promise.all(accounts.slice(1, 1 + readers).map((account) => connect(port, account)));
  const [head] = await system.db.sql<{ seq: number }[]>`select seq from heads where conversation_id = ${conversationId}`;
  const marks = latencyHistogram();
  await stage.audience.report();
  const startMs = sharedNowMs() + 100;
  await Promise.all(
    wires.map(async (wire, i) => {
      const due = startMs + (1000 * i) / readers;
      await delay(Math.max(0, due - sharedNowMs()));
      const { unread } = await wire.call<{ unread: number }>('mutation', 'conversations.markRead', {
        conversationId,
        seq: head?.seq,
      });
      marks.record(sharedNowMs() - due);
      if (unread !== 0) result.findings.push(`who has read everything has ${unread} unread`);
    }),
  );
  await delay(200);
  const { bytes } = await takeReport(stage, 'read marks');
  const of = size.members.toLocaleString('en');
  result.latencies.push(latencyRow(`${of}: ${readers} read marks within a second`, marks.summary()));
  figure(stage, 'read-p99', `${readers} read marks within a second, p99`, 'ms', ms(marks.summary().p99));
  figure(stage, 'read-bytes', 'a read mark, to all listeners together', 'B', Math.round(bytes / readers));
  for (const wire of wires) wire.close();
}

/** What the owner does. Those whom it concerns are not among the listeners. */
async function manageIt(stage: Stage): Promise<void> {
  const { bench, accounts, owner, conversationId } = stage;
  const ids = accounts.map((account) => account.id);
  const times = at(bench, 20, 5, 2);
  const target = (i: number) => ids.at(-1 - i) ?? '';
  const call = (verb: string, input: object) => owner.call('mutation', `groups.${verb}`, { conversationId, ...input });
  await measure(stage, 'role', 'another role', 2 * times, (i) =>
    call('setRole', { userId: target(i % times), role: i < times ? 'admin' : 'member' }),
  );
  await measure(stage, 'mute', 'a member muted', times, (i) => call('muteMember', { userId: target(i), forMs: 600_000 }));
  await measure(stage, 'mute-all', 'all muted, or no longer', times, (i) => call('muteAll', { muted: i % 2 === 0 }));
  if (times % 2 === 1) await call('muteAll', { muted: false });
  await measure(stage, 'rename', 'another name of the group', times, (i) => call('update', { name: `Everybody ${i}` }));
  await measure(stage, 'kick', 'a member removed', times, (i) => call('kick', { userIds: [target(i)] }));
  const many = ids.slice(-2 * limits.groupKickMaxMembers, -limits.groupKickMaxMembers);
  await measure(stage, 'kick-many', `${limits.groupKickMaxMembers} members removed in one call`, 1, () =>
    call('kick', { userIds: at(bench, many, many, ids.slice(-10, -5)) }),
  );
  const member = await connect(stage.port, accounts.at(-1));
  const refused = await member
    .call('mutation', 'messages.send', {
      conversationId,
      clientMessageId: newId(),
      content: { type: 'text', text: 'still here' },
    })
    .catch((error: unknown) => (error instanceof WireError ? error.data?.code : String(error)));
  if (refused !== 'FORBIDDEN') stage.result.findings.push(`who was removed was answered ${JSON.stringify(refused)}`);
  member.close();
}

async function dismissIt(stage: Stage): Promise<void> {
  const { owner, conversationId, result } = stage;
  await measure(stage, 'dismiss', 'dismissed', 1, () => owner.call('mutation', 'groups.dismiss', { conversationId }));
  const refused = await owner
    .call('mutation', 'messages.send', {
      conversationId,
      clientMessageId: newId(),
      content: { type: 'text', text: 'after the end' },
    })
    .catch((error: unknown) => (error instanceof WireError ? error.data?.code : String(error)));
  if (refused !== 'GROUP_DISMISSED') result.findings.push(`a send after the end was answered ${JSON.stringify(refused)}`);
}

async function verify({ system, conversationId, result }: Stage): Promise<void> {
  const { sql } = system.db;
  const [count] = await sql<{ counted: number; said: number; head: number; messages: number }[]>`
    select (select count(*)::int from members where conversation_id = g.conversation_id and left_at is null) as counted,
      g.member_count as said, h.seq as head, (select count(*)::int from messages where conversation_id = g.conversation_id) as messages
    from groups g join heads h using (conversation_id) where g.conversation_id = ${conversationId}`;
  if (count?.counted !== count?.said)
    result.findings.push(`there are ${count?.counted} members, and the group says ${count?.said}`);
  if (count?.head !== count?.messages) result.findings.push(`there are ${count?.messages} messages up to seq ${count?.head}`);
  result.findings.push(...(await checkUnread(sql, [conversationId])).map(({ detail }) => detail));
}
