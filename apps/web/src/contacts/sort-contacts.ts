import type { ContactView } from '@nexo/shared';

/** Contacts that the query speaks of: pinned ones first, in the order of pinning, then by name. */
export function sortContacts(
  contacts: readonly ContactView[],
  nameOf: (userId: string) => string,
  query: string,
): readonly ContactView[] {
  const wanted = query.trim().replace(/^@/, '').toLocaleLowerCase();
  const speaksOf = ({ userId }: ContactView) => `${nameOf(userId)}\n${userId}`.toLocaleLowerCase().includes(wanted);
  return contacts
    .filter((contact) => wanted === '' || speaksOf(contact))
    .sort(
      (a, b) =>
        (a.pinnedAt ?? Number.POSITIVE_INFINITY) - (b.pinnedAt ?? Number.POSITIVE_INFINITY) ||
        nameOf(a.userId).localeCompare(nameOf(b.userId)) ||
        (a.userId < b.userId ? -1 : 1),
    );
}
