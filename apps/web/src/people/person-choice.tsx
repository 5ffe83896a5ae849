import type { UserView } from '@nexo/shared';
import { Check } from 'lucide-react';
import { Avatar } from '../ui/avatar.tsx';

/** A person as a row to choose. */
export function PersonChoice({ person, chosen = false }: { person: UserView; chosen?: boolean }) {
  return (
    <>
      <Avatar id={person.id} name={person.displayName} url={person.avatarUrl} size={36} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-[14px] leading-5">
          <bdi>{person.displayName}</bdi>
        </span>
        <span className="block truncate text-[12px] text-muted leading-4">@{person.id}</span>
      </span>
      {chosen ? <Check size={18} aria-hidden="true" className="text-accent" /> : null}
    </>
  );
}
