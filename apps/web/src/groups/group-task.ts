import type { MemberView } from '@nexo/shared';
import { create } from 'zustand';
import { useUi } from '../shell/ui-store.ts';

/** What is to be done in a group once a person has said so in a dialog. */
export type GroupTask =
  | { kind: 'kick' | 'transfer'; conversationId: string; member: MemberView; name: string }
  | { kind: 'nickname'; conversationId: string; member: MemberView; name: string }
  | { kind: 'dismiss'; conversationId: string };

interface TaskState {
  task: GroupTask | null;
}

export const useGroupTask = create<TaskState>()(() => ({ task: null }));

/** Asks in a dialog before it is done. */
export function askGroupTask(task: GroupTask): void {
  useGroupTask.setState({ task });
  useUi.getState().open('groupTask');
}
