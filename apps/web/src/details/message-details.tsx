'use client';

import { useChatClient, useConversation, useMe, useTimeline, useUser } from '@nexo/client/react';
import type { Receipts } from '@nexo/shared';
import { useEffect, useState } from 'react';
import { timeSpan } from '../disappearing/time-span.ts';
import { refusalOf } from '../lib/refusal-words.ts';
import { fullTime } from '../lib/time.ts';
import { useDisplayName, useNameIn } from '../people/use-display-name.ts';
import { useUi } from '../shell/ui-store.ts';
import { Avatar } from '../ui/avatar.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';

/** When a message was sent, who has read it, and when it will be gone. */
export function MessageDetails() {
  const subject = useUi((state) => state.subject);
  return subject === null ? null : <Details conversationId={subject.conversationId} seq={subject.seq} />;
}

function Details({ conversationId, seq }: { conversationId: string; seq: number }) {
  const message = useTimeline(conversationId).items.find((item) => item.seq === seq);
  const me = useMe();
  const conversation = useConversation(conversationId);
  const sender = useNameIn(conversationId, message?.senderId ?? '');
  const first = useDisplayName(message?.forwardedFromId ?? message?.senderId ?? '');
  if (message === undefined) {
    return (
      <LayerDialog title="Message details">
        <p className="px-5 pb-5 text-muted">This message is gone.</p>
      </LayerDialog>
    );
  }
  const { sentAt, expiresAt, disappearsAfterReadMs, forwardedFromId, silent } = message;
  const own = message.senderId === me?.id;
  return (
    <LayerDialog title="Message details">
      <dl className="grid shrink-0 grid-cols-[auto_1fr] gap-x-4 gap-y-2 px-5 pb-4 text-[14px] leading-5">
        <Fact name="From" value={own ? 'You' : sender} />
        <Fact name="Sent" value={`${fullTime(sentAt)}${silent === true ? ', silently' : ''}`} />
        {forwardedFromId === undefined ? null : <Fact name="First said by" value={first} />}
        {expiresAt === undefined ? null : <Fact name="Disappears" value={fullTime(expiresAt)} />}
        {expiresAt === undefined && disappearsAfterReadMs !== undefined ? (
          <Fact name="Disappears" value={`${timeSpan(disappearsAfterReadMs)} after it is read`} />
        ) : null}
      </dl>
      {own && conversation?.kind !== 'self' ? <Readers conversationId={conversationId} seq={seq} /> : null}
    </LayerDialog>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">
        <bdi>{value}</bdi>
      </dd>
    </>
  );
}

function Readers({ conversationId, seq }: { conversationId: string; seq: number }) {
  const client = useChatClient();
  const [receipts, setReceipts] = useState<Receipts | null>(null);
  const [trouble, setTrouble] = useState('');
  const hides = useMe()?.readReceipts === false;

  useEffect(() => {
    if (hides) return;
    let isOver = false;
    const ask = () =>
      client.messages.receipts(conversationId, seq).then(
        (answer) => {
          if (isOver) return;
          setReceipts(answer);
          setTrouble('');
        },
        (error: unknown) => !isOver && setTrouble(refusalOf(error).words),
      );
    void ask();
    // Somebody reads while we look.
    const stop = client.on('item', (item) => {
      if (item.type === 'conversation.read' && item.conversationId === conversationId) void ask();
    });
    return () => {
      isOver = true;
      stop();
    };
  }, [client, conversationId, seq, hides]);

  if (hides) {
    return (
      <p className="border-border border-t px-5 py-4 text-[14px] text-muted">
        You don’t show others what you have read, so you don’t see who has read this. You can change that in the settings.
      </p>
    );
  }
  if (trouble !== '' && receipts === null)
    return <p className="border-border border-t px-5 py-4 text-[14px] text-danger">{trouble}</p>;
  // Its place is kept while it is asked for.
  if (receipts === null) return <div className="h-24 border-border border-t" />;
  const { readCount, outOf, readBy, notYetReadBy } = receipts;
  return (
    <div className="min-h-24 overflow-y-auto border-border border-t py-3" data-testid="receipts">
      <h3 className="px-5 font-semibold text-[13px] text-muted leading-9">
        Read by {readCount} of {outOf}
      </h3>
      {readBy === undefined ? null : <People conversationId={conversationId} ids={readBy} />}
      {notYetReadBy === undefined || notYetReadBy.length === 0 ? null : (
        <>
          <h3 className="px-5 font-semibold text-[13px] text-muted leading-9">Not yet</h3>
          <People conversationId={conversationId} ids={notYetReadBy} />
        </>
      )}
    </div>
  );
}

function People({ conversationId, ids }: { conversationId: string; ids: readonly string[] }) {
  return (
    <ul>
      {ids.map((id) => (
        <Person key={id} conversationId={conversationId} id={id} />
      ))}
    </ul>
  );
}

function Person({ conversationId, id }: { conversationId: string; id: string }) {
  const user = useUser(id);
  const name = useNameIn(conversationId, id);
  return (
    <li className="flex h-10 items-center gap-3 px-5 text-[14px]">
      <Avatar id={id} name={name} url={user?.avatarUrl} size={28} />
      <bdi className="truncate">{name}</bdi>
    </li>
  );
}
