import type { KeyId } from '../keys/key-table.ts';

/** Moves the focus from a message: to its neighbours, into its controls and back. */
export function moveFocus(article: HTMLElement, from: HTMLElement, id: KeyId): void {
  const list = article.closest('ol');
  if (list === null) return;
  const articles = [...list.querySelectorAll<HTMLElement>('article')];
  const index = articles.indexOf(article);
  if (id === 'olderMessage') articles[index - 1]?.focus();
  else if (id === 'newerMessage') articles[index + 1]?.focus();
  else if (id === 'oldestMessage') articles[0]?.focus();
  else if (id === 'enterMessage') enter(article, from);
  else if (id === 'leaveMessage') article.focus();
}

/** → walks through the controls of a message: its links, its quote, its actions. */
function enter(article: HTMLElement, from: HTMLElement): void {
  const controls = [...article.querySelectorAll<HTMLElement>('a[href], button')].filter(
    (control) => control.offsetParent !== null,
  );
  const next = controls[controls.indexOf(from) + 1] ?? controls[0];
  next?.focus();
}
