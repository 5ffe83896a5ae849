import type { ConversationView } from '@nexo/shared';
import { limits } from '@nexo/shared';
import { fillGroup } from '../../../load/fill-group.ts';
import { at } from '../../workload.ts';
import { changeOf, figure, measure, type Stage } from './stage.ts';

/** Makes the group and fills it. With batches everybody listens from the beginning; else once it is nearly full. */
export async function makeGroup(stage: Stage): Promise<string> {
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
