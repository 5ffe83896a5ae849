'use client';

import { useMemberList } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import { ChevronRight } from 'lucide-react';
import { countMembers } from '../lib/names.ts';
import { useAction } from '../lib/use-action.ts';
import { go } from '../shell/route.ts';
import { useAddPeople } from './add-people.tsx';
import { MemberRow } from './member-row.tsx';
import { TroubleLine } from './trouble-line.tsx';
import { useWhyNot } from './use-group-rights.ts';
import { useMembersShown } from './use-members-shown.ts';

/** A group of up to so many is shown as a whole among its details; of a larger one the first few, and the way to all. */
const wholeMax = 12;
const fewMax = 6;

/** Who is in a group, and what can be done with each. */
export function MembersSection({ conversation }: { conversation: ConversationView }) {
  const adding = useAddPeople(conversation);
  const { run, trouble } = useAction();
  const whyNot = useWhyNot(conversation);
  const total = conversation.group?.memberCount ?? 1;

  return (
    <section aria-label="Members" className="border-border border-t py-3">
      <div className="flex h-9 items-center ps-5 pe-3">
        <h3 className="flex-1 font-semibold text-[13px] text-muted">Members</h3>
        {adding.button}
      </div>
      {adding.form}
      {whyNot('seeMembers') === null ? (
        <Members conversation={conversation} total={total} run={run} />
      ) : (
        <p className="px-5 text-[13px] text-muted leading-[18px]">Only admins see who is in this group.</p>
      )}
      <TroubleLine trouble={trouble} told={adding.told} />
    </section>
  );
}

function Members({
  conversation,
  total,
  run,
}: {
  conversation: ConversationView;
  total: number;
  run: (work: () => Promise<unknown>) => Promise<boolean>;
}) {
  const { members, trouble, retry } = useMembersShown(useMemberList(conversation.id));
  const shown = total > wholeMax ? members.slice(0, fewMax) : members;
  return (
    <>
      <ul data-testid="members">
        {shown.map((member) => (
          <li key={member.userId} data-testid={`member:${member.userId}`}>
            <MemberRow conversation={conversation} member={member} run={run} />
          </li>
        ))}
      </ul>
      {total > wholeMax ? (
        <button
          type="button"
          onClick={() => go({ name: 'conversation', id: conversation.id, details: 'members' })}
          className="flex h-11 w-full items-center justify-between ps-5 pe-5 text-[14px] text-link -outline-offset-2 hover:bg-hover"
        >
          {`All ${countMembers(total)}`}
          <ChevronRight size={18} aria-hidden="true" className="rtl:-scale-x-100" />
        </button>
      ) : null}
      <TroubleLine trouble={trouble} onRetry={retry} />
    </>
  );
}
