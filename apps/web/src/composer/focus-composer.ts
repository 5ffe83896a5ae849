export const composerId = 'composer';

/** Puts the caret where one writes; nothing happens where writing is not possible. */
export function focusComposer(): void {
  document.getElementById(composerId)?.focus();
}
