import { limits } from '@nexo/shared';
import { checkUnread } from '../../check/index.ts';
import { startAudience } from '../../load/audience-process.ts';
import { residentMiB } from '../../load/processes.ts';
import type { System } from '../../load/system.ts';
import { seedUsers } from '../../load/topology.ts';
import { at, type Bench, emptyResult, type Workload, type WorkloadResult, withSystem } from '../workload.ts';
import { makeGroup } from './large-group/fill.ts';
import { lookAtMembers, openIt } from './large-group/look.ts';
import { dismissIt, manageIt } from './large-group/manage.ts';
import { connect, figure, type Size, type Stage } from './large-group/stage.ts';
import { readIt, writeInIt } from './large-group/talk.ts';

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
