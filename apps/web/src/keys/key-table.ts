/** Where a key works. `app`: anywhere but in a dialog; lists only while they have the focus. */
type Scope = 'app' | 'messages' | 'chats' | 'composer';

interface KeyRow {
  scope: Scope;
  /** Any of them. `Mod` is ⌘ on a Mac and Ctrl elsewhere. */
  keys: readonly string[];
  does: string;
  /** Works while a text field has the focus too. */
  inText?: true;
  /** The browser or the field itself does it; listed for the sheet only. */
  native?: true;
}

/** Every key of the web chat: the handlers and the sheet are both made from this table. */
const keyTable = {
  switcher: { scope: 'app', keys: ['Mod+K'], does: 'Go to a chat or run a command', inText: true },
  previousChat: { scope: 'app', keys: ['Alt+ArrowUp'], does: 'Previous chat', inText: true },
  nextChat: { scope: 'app', keys: ['Alt+ArrowDown'], does: 'Next chat', inText: true },
  previousUnread: { scope: 'app', keys: ['Alt+Shift+ArrowUp'], does: 'Previous unread chat', inText: true },
  nextUnread: { scope: 'app', keys: ['Alt+Shift+ArrowDown'], does: 'Next unread chat', inText: true },
  escape: { scope: 'app', keys: ['Escape'], does: 'Close, then leave the reply, then go to the newest message', inText: true },
  oldestUnread: { scope: 'app', keys: ['Shift+PageUp'], does: 'Oldest unread message', inText: true },
  newest: { scope: 'app', keys: ['End'], does: 'Newest message' },
  nextRegion: { scope: 'app', keys: ['F6', 'Ctrl+F6'], does: 'Next part of the window', inText: true },
  previousRegion: { scope: 'app', keys: ['Shift+F6', 'Ctrl+Shift+F6'], does: 'Previous part of the window', inText: true },
  sheet: { scope: 'app', keys: ['?'], does: 'Show this list' },
  sheetInText: { scope: 'app', keys: ['Ctrl+/'], does: 'Show this list while writing', inText: true },
  back: { scope: 'app', keys: ['Alt+ArrowLeft'], does: 'Back to where you were', native: true },
  forward: { scope: 'app', keys: ['Alt+ArrowRight'], does: 'Forward again', native: true },

  send: { scope: 'composer', keys: ['Enter'], does: 'Send', inText: true },
  sendSilently: { scope: 'composer', keys: ['Alt+Enter'], does: 'Send without sound', inText: true },
  newLine: { scope: 'composer', keys: ['Shift+Enter'], does: 'New line', native: true },
  editLast: { scope: 'composer', keys: ['ArrowUp'], does: 'Edit your last message (while nothing is written)', inText: true },
  replyToPrevious: { scope: 'composer', keys: ['Ctrl+ArrowUp'], does: 'Reply to the previous message', inText: true },

  olderMessage: { scope: 'messages', keys: ['ArrowUp'], does: 'Message above' },
  newerMessage: { scope: 'messages', keys: ['ArrowDown'], does: 'Message below' },
  oldestMessage: { scope: 'messages', keys: ['Home'], does: 'Oldest message here' },
  newestMessage: { scope: 'messages', keys: ['End'], does: 'Newest message' },
  enterMessage: { scope: 'messages', keys: ['Enter', 'ArrowRight'], does: 'Actions of this message' },
  leaveMessage: { scope: 'messages', keys: ['ArrowLeft'], does: 'Back from its actions' },
  reply: { scope: 'messages', keys: ['R'], does: 'Reply' },
  markUnread: { scope: 'messages', keys: ['U'], does: 'Mark as unread from here' },
  copy: { scope: 'messages', keys: ['C'], does: 'Copy text' },
  editMessage: { scope: 'messages', keys: ['E'], does: 'Edit' },
  react: { scope: 'messages', keys: ['+', ':'], does: 'React' },
  pin: { scope: 'messages', keys: ['P'], does: 'Pin or unpin' },
  deleteMessage: { scope: 'messages', keys: ['Delete'], does: 'Delete' },
  messageMenu: { scope: 'messages', keys: ['M', 'ContextMenu', 'Shift+F10'], does: 'All that can be done with it' },
  forwardMessage: { scope: 'messages', keys: ['F'], does: 'Forward' },
  messageDetails: { scope: 'messages', keys: ['I'], does: 'Who has read it, and when it was sent' },

  chatAbove: { scope: 'chats', keys: ['ArrowUp'], does: 'Chat above' },
  chatBelow: { scope: 'chats', keys: ['ArrowDown'], does: 'Chat below' },
  firstChat: { scope: 'chats', keys: ['Home'], does: 'First chat' },
  lastChat: { scope: 'chats', keys: ['End'], does: 'Last chat' },
  chatMenu: { scope: 'chats', keys: ['Shift+F10'], does: 'Actions of this chat', native: true },
  openChat: { scope: 'chats', keys: ['Enter'], does: 'Open this chat', native: true },
} as const satisfies Record<string, KeyRow>;

export type KeyId = keyof typeof keyTable;
export const keyRows: readonly [KeyId, KeyRow][] = Object.entries(keyTable) as [KeyId, KeyRow][];

/** What of a keyboard event decides. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  isComposing?: boolean;
  keyCode?: number;
}

/** The row of a key press in a scope, or undefined. `inText`: a text field has the focus. Never while an IME composes. */
export function findKey(press: KeyPress, scope: Scope, inText: boolean, isMac: boolean): KeyId | undefined {
  if (isImePress(press)) return undefined;
  for (const [id, row] of keyRows) {
    if (row.scope !== scope || row.native === true || (inText && row.inText !== true)) continue;
    if (row.keys.some((combination) => matches(press, combination, isMac))) return id;
  }
  return undefined;
}

/** Whether an input method is at work: its Enter chooses a word. 229 is what browsers say that do not set `isComposing` in time. */
export function isImePress(press: KeyPress): boolean {
  return press.isComposing === true || press.keyCode === 229;
}

/** What a combination is made of, its key last. The plus sign may be that key. */
export function partsOf(combination: string): string[] {
  return combination === '+' ? ['+'] : combination.split('+');
}

function matches(press: KeyPress, combination: string, isMac: boolean): boolean {
  const parts = partsOf(combination);
  const key = parts.at(-1) ?? '';
  const wants = (name: string) => parts.includes(name);
  const ctrl = wants('Ctrl') || (wants('Mod') && !isMac);
  const meta = wants('Mod') && isMac;
  if (press.ctrlKey !== ctrl || press.metaKey !== meta || press.altKey !== wants('Alt')) return false;
  // A sign such as ? already contains its Shift on most keyboards.
  const isSign = key.length === 1 && !/[A-Z0-9]/.test(key);
  if (!isSign && press.shiftKey !== wants('Shift')) return false;
  return press.key.length === 1 ? press.key.toUpperCase() === key : press.key === key;
}

const names: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  PageUp: 'Page Up',
  ContextMenu: 'Menu',
};

/** The caps of a combination, as they are printed on this keyboard. */
export function keyCaps(combination: string, isMac: boolean): string[] {
  return partsOf(combination).map((part) => {
    if (part === 'Mod') return isMac ? '⌘' : 'Ctrl';
    if (part === 'Alt' && isMac) return '⌥';
    return names[part] ?? part;
  });
}
