import { dayLabel } from '../lib/time.ts';

let stickyTimer: ReturnType<typeof setTimeout> | undefined;

/** The date of the first row in sight, while somebody scrolls and one second longer. */
export function showStickyDate(pill: HTMLDivElement | null, scroller: HTMLElement): void {
  if (pill === null || pill.firstElementChild === null) return;
  const top = scroller.getBoundingClientRect().top;
  let clash = false;
  for (const date of scroller.querySelectorAll<HTMLElement>('.msg-date')) {
    const box = date.getBoundingClientRect();
    if (box.bottom > top && box.top < top + scroller.clientHeight / 2) clash = true;
  }
  let at: string | null = null;
  for (const row of scroller.querySelectorAll<HTMLElement>('.msg')) {
    if (row.getBoundingClientRect().bottom <= top) continue;
    at = row.querySelector('time[datetime]')?.getAttribute('datetime') ?? null;
    break;
  }
  const label = at === null ? '' : dayLabel(Date.parse(at), Date.now());
  pill.firstElementChild.textContent = label;
  pill.dataset.shown = String(!clash && label !== '');
  clearTimeout(stickyTimer);
  stickyTimer = setTimeout(() => {
    pill.dataset.shown = 'false';
  }, 1000);
}
