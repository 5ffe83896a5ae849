import { limits, newId } from '@nexo/shared';
import { WireError } from '../../../wire/index.ts';
import { at } from '../../workload.ts';
import { connect, measure, type Stage } from './stage.ts';

/** What the owner does. Those whom it concerns are not among the listeners. */
export async function manageIt(stage: Stage): Promise<void> {
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

export async function dismissIt(stage: Stage): Promise<void> {
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
