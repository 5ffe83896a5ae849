'use client';

import { useChatClient, useConnection, useUser } from '@nexo/client/react';
import { type ConversationView, type GroupRequest, limits } from '@nexo/shared';
import { useEffect, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { useAction } from '../lib/use-action.ts';
import { useDisplayName } from '../people/use-display-name.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';

/** So many are shown until one asks for more. */
const firstPage = 20;

/** Who waits to be let in, for those who decide. */
export function RequestsSection({ conversation }: { conversation: ConversationView }) {
  const client = useChatClient();
  const { id } = conversation;
  const count = conversation.me.pendingRequests ?? 0;
  const live = useConnection().name === 'live';
  const [requests, setRequests] = useState<readonly GroupRequest[]>([]);
  const [limit, setLimit] = useState(firstPage);
  const [failure, setFailure] = useState('');
  const { run, busy, trouble } = useAction();
  // Anew when any of them is decided or comes: each moves the own side.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what says that something moved.
  useEffect(() => {
    if (!live || count === 0) setRequests([]);
    else
      client.trpc.groups.requests.query({ conversationId: id, limit }).then(
        ({ items }) => {
          setRequests(items);
          setFailure('');
        },
        (error: unknown) => setFailure(refusalOf(error).words),
      );
  }, [client, id, live, count, limit, conversation.me.userChange]);
  if (count === 0) return null;

  const decide = (userId: string, accept: boolean) =>
    void run(() => client.trpc.groups.respond.mutate({ conversationId: id, userId, accept }));
  return (
    <section aria-label="Applications" className="border-border border-t py-3" data-testid="group-requests">
      <h3 className="flex h-9 items-center px-5 font-semibold text-[13px] text-muted">
        {count === 1 ? 'One person wants to join' : `${count} people want to join`}
      </h3>
      <ul>
        {requests.map((request) => (
          <Request key={request.userId} request={request} busy={busy} decide={decide} />
        ))}
      </ul>
      {count > requests.length && requests.length > 0 ? (
        limit < limits.pageMax ? (
          <Button look="quiet" className="mx-3" onClick={() => setLimit(limits.pageMax)}>
            Show more
          </Button>
        ) : (
          <p className="px-5 text-[13px] text-muted">And {count - requests.length} more, once these are decided</p>
        )
      ) : null}
      <p role="alert" className="px-5 text-[13px] text-danger empty:hidden">
        {trouble || failure}
      </p>
    </section>
  );
}

function Request({
  request,
  busy,
  decide,
}: {
  request: GroupRequest;
  busy: boolean;
  decide: (userId: string, accept: boolean) => void;
}) {
  const { userId, inviterId, message } = request;
  const user = useUser(userId);
  const inviter = useDisplayName(inviterId ?? userId);
  const name = useDisplayName(userId);
  return (
    <li className="flex gap-3 px-5 py-2" data-testid={`request:${userId}`}>
      <Avatar id={userId} name={name} url={user?.avatarUrl} size={36} />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-[14px] leading-5">
          <bdi>{name}</bdi>
        </p>
        <p className="break-words text-[12px] text-muted leading-4">
          {inviterId === undefined ? (message ?? `@${userId}`) : `Invited by ${inviter}`}
        </p>
        <div className="mt-2 flex gap-2">
          <Button
            look="primary"
            className="h-9"
            disabled={busy}
            aria-label={`Let ${name} in`}
            onClick={() => decide(userId, true)}
          >
            Let in
          </Button>
          <Button className="h-9" disabled={busy} aria-label={`Refuse ${name}`} onClick={() => decide(userId, false)}>
            Refuse
          </Button>
        </div>
      </div>
    </li>
  );
}
