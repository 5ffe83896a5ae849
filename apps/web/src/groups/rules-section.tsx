'use client';

import { useChatClient } from '@nexo/client/react';
import { type ConversationView, type GroupRules, rulesOf, type UpdateGroupInput } from '@nexo/shared';
import { useEffect, useState } from 'react';
import { useAction } from '../lib/use-action.ts';
import { Choice } from './choice.tsx';
import { useWhyNot } from './use-group-rights.ts';

const everyoneOrAdmins = { everyone: 'Everybody', admins: 'Owner and admins' };

const rules = {
  joinMode: {
    label: 'Who is not a member',
    options: { invitation: 'Has to be invited', approval: 'Can apply', free: 'Can join by the address' },
  },
  invitations: {
    label: 'Whom a member invites',
    options: { free: 'Is in at once', approval: 'Is in once an admin agrees', admins: 'Only admins invite' },
  },
  historyForNewcomers: {
    label: 'Newcomers read',
    options: { fromJoining: 'What comes from their joining on', all: 'Everything' },
  },
  membersVisibleTo: { label: 'Who sees the members', options: everyoneOrAdmins },
  contactsBy: { label: 'Who may add others as contacts', options: everyoneOrAdmins },
  mentionAllBy: { label: 'Who may mention all', options: everyoneOrAdmins },
} as const satisfies {
  [Rule in Exclude<keyof GroupRules, 'mutedAll'>]: { label: string; options: Record<GroupRules[Rule], string> };
};

/** What the group allows. Everybody sees it; who may not change it sees why. */
export function RulesSection({ conversation }: { conversation: ConversationView }) {
  const { groups } = useChatClient().trpc;
  const { id, group } = conversation;
  // What was chosen shows at once, until the group says the same, or the choice was refused.
  const [chosen, setChosen] = useState<Partial<GroupRules>>({});
  const now = { ...rulesOf(group), ...chosen };
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever the group says replaces it.
  useEffect(() => setChosen({}), [group?.rules]);
  const whyNot = useWhyNot(conversation);
  const { run, busy, trouble } = useAction();
  const why = whyNot('editRules');
  const whyNotMute = whyNot('muteAll');
  async function choose(rules: Partial<GroupRules>, work: () => Promise<unknown>) {
    setChosen(rules);
    if (!(await run(work))) setChosen({});
  }
  const set = (change: Omit<UpdateGroupInput, 'conversationId' | 'size'>) =>
    void choose(change as Partial<GroupRules>, () => groups.update.mutate({ conversationId: id, ...change }));
  return (
    <section aria-label="Rules" aria-busy={busy} className="border-border border-t py-3" data-testid="group-rules">
      <h3 className="flex h-9 items-center px-5 font-semibold text-[13px] text-muted">Rules</h3>
      <div className="flex flex-col gap-3 px-5 pb-2">
        {why === null ? null : <p className="text-[13px] text-muted leading-[18px]">{why}.</p>}
        {(Object.keys(rules) as (keyof typeof rules)[]).map((rule) => (
          <Choice
            key={rule}
            label={rules[rule].label}
            options={rules[rule].options as Record<string, string>}
            value={now[rule]}
            why={why}
            onChange={(value) => set({ [rule]: value })}
          />
        ))}
        <label className="flex min-h-9 items-center gap-3 text-[14px]" title={whyNotMute ?? undefined}>
          <input
            type="checkbox"
            checked={now.mutedAll}
            disabled={whyNotMute !== null}
            onChange={({ target }) =>
              void choose({ mutedAll: target.checked }, () =>
                groups.muteAll.mutate({ conversationId: id, muted: target.checked }),
              )
            }
            className="size-4 accent-[var(--accent)]"
          />
          Only admins write
        </label>
        <Size
          conversation={conversation}
          why={whyNot('resize')}
          onGrow={() => void run(() => groups.update.mutate({ conversationId: id, size: 'large' }))}
        />
      </div>
      <p role="alert" className="px-5 text-[13px] text-danger empty:hidden">
        {trouble}
      </p>
    </section>
  );
}

function Size({ conversation, why, onGrow }: { conversation: ConversationView; why: string | null; onGrow: () => void }) {
  const { memberCount = 0, maxMembers } = conversation.group ?? {};
  if (maxMembers === undefined) return null;
  return (
    <p className="text-[13px] text-muted leading-[18px]">
      {`${memberCount.toLocaleString('en')} of at most ${maxMembers.toLocaleString('en')} members.`}
      {why === null ? (
        <button type="button" className="ms-2 text-link underline-offset-2 hover:underline" onClick={onGrow}>
          Make it a large group
        </button>
      ) : null}
    </p>
  );
}
