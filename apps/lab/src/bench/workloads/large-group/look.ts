import type { ListMessagesResult, MemberView, SnapshotResult } from '@nexo/shared';
import { limits } from '@nexo/shared';
import { latencyHistogram } from '../../../load/latency.ts';
import { at, latencyRow, ms } from '../../workload.ts';
import { connect, figure, type Stage } from './stage.ts';

interface MemberPage {
  items: MemberView[];
  nextCursor: string | null;
}

/** The list of members, as the panel of the web chat shows it: a page with its names; and then, as nobody does, all of it. */
export async function lookAtMembers(stage: Stage): Promise<void> {
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
export async function openIt(stage: Stage): Promise<void> {
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
