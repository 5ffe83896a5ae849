'use client';

import { useChatClient, useConversation } from '@nexo/client/react';
import { limits } from '@nexo/shared';
import { type FormEvent, useRef, useState } from 'react';
import { useAction } from '../lib/use-action.ts';
import { useUi } from '../shell/ui-store.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { TextField } from '../ui/text-field.tsx';
import { type GroupTask, useGroupTask } from './group-task.ts';

/** Asks before something is done to a group or to somebody in it. */
export function GroupTaskDialog() {
  const task = useGroupTask((state) => state.task);
  if (task === null) return null;
  return task.kind === 'nickname' ? <NicknameDialog task={task} /> : <TaskDialog task={task} />;
}

type Confirmable = Exclude<GroupTask, { kind: 'nickname' }>;

function TaskDialog({ task }: { task: Confirmable }) {
  const client = useChatClient();
  const title = useConversation(task.conversationId)?.title ?? 'this group';
  const { groups } = client.trpc;
  const { conversationId } = task;
  const { question, words, yes, work } = {
    kick: {
      question: `Remove ${nameOf(task)}?`,
      words: 'They keep what was said until now, and get nothing later.',
      yes: 'Remove',
      work: () => groups.kick.mutate({ conversationId, userIds: [userOf(task)] }),
    },
    transfer: {
      question: `Make ${nameOf(task)} the owner?`,
      words: 'You stay as an admin. Only the new owner can give the group back.',
      yes: 'Make owner',
      work: () => groups.transfer.mutate({ conversationId, userId: userOf(task) }),
    },
    dismiss: {
      question: `Dismiss ${title}?`,
      words: 'Nobody can write or join any more. What was said stays readable. This cannot be undone.',
      yes: 'Dismiss for everybody',
      work: () => groups.dismiss.mutate({ conversationId }),
    },
  }[task.kind];

  return <ConfirmDialog title={question} words={words} action={yes} onConfirm={work} />;
}

const nameOf = (task: Confirmable) => ('name' in task ? task.name : '');
const userOf = (task: Confirmable) => ('member' in task ? task.member.userId : '');

function NicknameDialog({ task }: { task: Extract<GroupTask, { kind: 'nickname' }> }) {
  const client = useChatClient();
  const close = useUi((state) => state.close);
  const [nickname, setNickname] = useState(task.member.nickname ?? '');
  const { run, busy, trouble } = useAction();
  const fieldRef = useRef<HTMLInputElement>(null);

  async function keep(event: FormEvent) {
    event.preventDefault();
    const { conversationId, member } = task;
    const done = await run(() =>
      client.trpc.groups.updateMember.mutate({ conversationId, userId: member.userId, nickname: nickname.trim() || null }),
    );
    if (done) close();
  }
  return (
    <LayerDialog title="Name in this group" initialFocus={fieldRef}>
      <form onSubmit={(event) => void keep(event)}>
        <TextField
          ref={fieldRef}
          label={`How ${task.name} is called here`}
          hint="Empty: the name they have everywhere."
          className="px-5"
          value={nickname}
          maxLength={limits.displayNameMaxChars}
          onChange={(event) => setNickname(event.target.value)}
          error={trouble || undefined}
        />
        <div className="flex justify-end gap-2 px-5 pb-4">
          <Button onClick={close}>Cancel</Button>
          <Button look="primary" type="submit" disabled={busy}>
            Save
          </Button>
        </div>
      </form>
    </LayerDialog>
  );
}
