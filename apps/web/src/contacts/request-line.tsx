'use client';

import { useChatClient } from '@nexo/client/react';
import type { ContactRequestView } from '@nexo/shared';
import { useAction } from '../lib/use-action.ts';
import { Button } from '../ui/button.tsx';
import { announce } from '../ui/live-regions.tsx';
import { keepFocus } from './keep-focus.ts';
import { PersonLine } from './person-line.tsx';

/** A request to oneself, with its answers. */
export function IncomingLine({ request, name }: { request: ContactRequestView; name: string }) {
  const client = useChatClient();
  const { run, busy, trouble } = useAction();
  const { fromUserId } = request;
  async function answer(accept: boolean, button: HTMLElement) {
    const moveOn = keepFocus(button);
    if (!(await run(() => client.contacts.respond(fromUserId, accept)))) return;
    moveOn();
    announce(accept ? `${name} is a contact now` : `Request of ${name} refused`);
  }
  return (
    <PersonLine userId={fromUserId} note={request.message}>
      <span className="ms-auto flex gap-2">
        <Button disabled={busy} aria-label={`Refuse ${name}`} onClick={(event) => void answer(false, event.currentTarget)}>
          Refuse
        </Button>
        <Button
          look="primary"
          disabled={busy}
          aria-label={`Accept ${name}`}
          onClick={(event) => void answer(true, event.currentTarget)}
        >
          Accept
        </Button>
      </span>
      <Trouble words={trouble} />
    </PersonLine>
  );
}

/** A request of one's own that waits. */
export function OutgoingLine({ request, name }: { request: ContactRequestView; name: string }) {
  const client = useChatClient();
  const { run, busy, trouble } = useAction();
  return (
    <PersonLine userId={request.toUserId} note={request.message}>
      <Button
        className="ms-auto"
        disabled={busy}
        aria-label={`Take back the request to ${name}`}
        onClick={(event) => {
          const moveOn = keepFocus(event.currentTarget);
          void run(() => client.contacts.cancelRequest(request.toUserId)).then((done) => done && moveOn());
        }}
      >
        Take back
      </Button>
      <Trouble words={trouble} />
    </PersonLine>
  );
}

/** Somebody whom one has blocked. */
export function BlockedLine({ userId, name }: { userId: string; name: string }) {
  const client = useChatClient();
  const { run, busy, trouble } = useAction();
  return (
    <PersonLine userId={userId}>
      <Button
        className="ms-auto"
        disabled={busy}
        aria-label={`Unblock ${name}`}
        onClick={(event) => {
          const moveOn = keepFocus(event.currentTarget);
          void run(() => client.contacts.unblock(userId)).then((done) => done && moveOn());
        }}
      >
        Unblock
      </Button>
      <Trouble words={trouble} />
    </PersonLine>
  );
}

function Trouble({ words }: { words: string }) {
  return (
    <p role="alert" className="basis-full px-2 text-[13px] text-danger empty:hidden">
      {words}
    </p>
  );
}
