'use client';

import { useChatClient } from '@nexo/client/react';
import type { ConversationView, GroupLink } from '@nexo/shared';
import { Copy, Trash2 } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { untilWords } from '../lib/until-words.ts';
import { useAction } from '../lib/use-action.ts';
import { useMinute } from '../lib/use-minute.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { copyText } from '../ui/copy-text.ts';
import { Choice } from './choice.tsx';

const dayMs = 24 * 3_600_000;
const spans = { day: dayMs, week: 7 * dayMs, month: 30 * dayMs, ever: undefined } as const;
const uses = { one: 1, ten: 10, hundred: 100, any: undefined } as const;

/** Links by which others come in, for those who may make them. */
export function LinksSection({ conversation }: { conversation: ConversationView }) {
  const { groups } = useChatClient().trpc;
  const { id } = conversation;
  const now = useMinute();
  const [links, setLinks] = useState<readonly GroupLink[]>([]);
  const [span, setSpan] = useState<keyof typeof spans>('week');
  const [use, setUse] = useState<keyof typeof uses>('any');
  const [approval, setApproval] = useState(false);
  const [making, setMaking] = useState(false);
  const [failure, setFailure] = useState('');
  const { run, busy, trouble } = useAction();
  const load = useCallback(
    () =>
      groups.links.query({ conversationId: id }).then(
        ({ items }) => {
          setLinks(items);
          setFailure('');
        },
        (error: unknown) => setFailure(refusalOf(error).words),
      ),
    [groups, id],
  );
  useEffect(() => void load(), [load]);

  async function make() {
    const expiresInMs = spans[span];
    const maxUses = uses[use];
    const done = await run(() =>
      groups.createLink.mutate({
        conversationId: id,
        ...(expiresInMs === undefined ? {} : { expiresInMs }),
        ...(maxUses === undefined ? {} : { maxUses }),
        ...(approval ? { approval } : {}),
      }),
    );
    if (done) setMaking(false);
    await load();
  }

  return (
    <section aria-label="Invitation links" className="border-border border-t py-3" data-testid="group-links">
      <div className="flex h-9 items-center ps-5 pe-3">
        <h3 className="flex-1 font-semibold text-[13px] text-muted">Invitation links</h3>
        <Button look="quiet" aria-expanded={making} onClick={() => setMaking((before) => !before)}>
          New link
        </Button>
      </div>
      {making ? (
        <div className="flex flex-col gap-3 px-5 py-2">
          <Choice
            label="Good for"
            value={span}
            onChange={setSpan}
            options={{ day: 'A day', week: 'A week', month: 'A month', ever: 'Ever' }}
          />
          <Choice
            label="For how many"
            value={use}
            onChange={setUse}
            options={{ one: 'One person', ten: '10 people', hundred: '100 people', any: 'Any number' }}
          />
          <label className="flex min-h-9 items-center gap-3 text-[14px]">
            <input
              type="checkbox"
              checked={approval}
              onChange={(event) => setApproval(event.target.checked)}
              className="size-4 accent-[var(--accent)]"
            />
            An admin lets each of them in
          </label>
          <Button look="primary" disabled={busy} onClick={() => void make()}>
            Make link
          </Button>
        </div>
      ) : null}
      <ul>
        {links.map((link) => (
          <li key={link.code} className="flex items-center gap-1 ps-5 pe-3" data-testid="group-link">
            <div className="min-w-0 flex-1 py-1.5">
              <p className="truncate text-[14px] leading-5">{addressOfLink(link.code)}</p>
              <p className="text-[12px] text-muted leading-4">{linkWords(link, now)}</p>
            </div>
            <IconButton label="Copy link" onClick={() => void copyText(addressOfLink(link.code))}>
              <Copy size={18} aria-hidden="true" />
            </IconButton>
            <IconButton
              label="Revoke link"
              disabled={busy}
              onClick={() => void run(() => groups.revokeLink.mutate({ conversationId: id, code: link.code })).then(load)}
            >
              <Trash2 size={18} aria-hidden="true" />
            </IconButton>
          </li>
        ))}
      </ul>
      <p role="alert" className="px-5 text-[13px] text-danger empty:hidden">
        {trouble || failure}
      </p>
    </section>
  );
}

function addressOfLink(code: string): string {
  return `${window.location.origin}/join/${code}`;
}

function linkWords({ expiresAt, maxUses, uses: used, approval }: GroupLink, now: number): string {
  const parts = [
    maxUses === undefined ? `used ${used} ${used === 1 ? 'time' : 'times'}` : `used ${used} of ${maxUses}`,
    expiresAt === undefined ? 'for ever' : untilWords(expiresAt, now),
    ...(approval ? ['an admin agrees'] : []),
  ];
  return parts.join(' · ');
}
