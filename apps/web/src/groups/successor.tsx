'use client';

import { useChatClient, useMe } from '@nexo/client/react';
import type { MemberView } from '@nexo/shared';
import { useEffect, useId, useState } from 'react';
import { useNames } from '../people/use-names.ts';

/** Who gets the group when its owner leaves; without a choice it is who has been there longest, an admin before a member. */
export function Successor({
  conversationId,
  chosen,
  onChoose,
}: {
  conversationId: string;
  chosen: string | undefined;
  onChoose: (userId: string | undefined) => void;
}) {
  const client = useChatClient();
  const me = useMe();
  const id = useId();
  const [members, setMembers] = useState<readonly MemberView[]>([]);
  useEffect(() => {
    client.groups.members(conversationId).then(
      ({ items }) => setMembers(items),
      () => undefined,
    );
  }, [client, conversationId]);
  const others = members.filter((member) => member.userId !== me?.id);
  const nameOf = useNames(others.map((member) => member.userId));
  return (
    <div className="px-5 pb-2">
      <label htmlFor={id} className="mb-1 block text-[13px] text-muted leading-[18px]">
        Who owns the group then
      </label>
      <select
        id={id}
        value={chosen ?? ''}
        onChange={(event) => onChoose(event.target.value || undefined)}
        className="h-10 w-full rounded-control border border-border-strong bg-surface-2 px-2 text-[14px] max-[600px]:text-[16px]"
      >
        <option value="">Who has been there longest</option>
        {others.map((member) => (
          <option key={member.userId} value={member.userId}>
            {member.nickname ?? nameOf(member.userId)}
          </option>
        ))}
      </select>
    </div>
  );
}
