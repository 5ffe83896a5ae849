import type { GetPresenceInput, PresenceResult } from '@nexo/shared';
import type { BackendContext } from '../context.ts';
import { absentView, readPresenceViews } from '../presence/presence-views.ts';

/** The presence of these users as it is, whoever they show it to. One view each, in the order named. */
export async function getPresenceOf(ctx: BackendContext, input: GetPresenceInput): Promise<PresenceResult> {
  const userIds = [...new Set(input.userIds)];
  const { views, others } = await readPresenceViews(ctx, userIds);
  return { items: userIds.map((id) => views.get(id) ?? absentView(id, others)) };
}
