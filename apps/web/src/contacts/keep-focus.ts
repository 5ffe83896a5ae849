/** The heading of the page, where the focus goes when nothing else is left. */
export const contactsHeadingId = 'contacts-heading';

/**
 * To be asked before a row of a list vanishes by what is done in it: the returned function moves the focus to the row beside it, so that
 * the keyboard does not have to begin at the top.
 */
export function keepFocus(within: HTMLElement): () => void {
  const line = within.closest('li');
  const beside = line?.nextElementSibling ?? line?.previousElementSibling;
  return () => {
    const next = beside?.isConnected === true ? beside.querySelector<HTMLElement>('button') : null;
    (next ?? document.getElementById(contactsHeadingId))?.focus();
  };
}
