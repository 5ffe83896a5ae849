import { describe, expect, it } from 'vitest';
import { findKey, type KeyPress, keyCaps, keyRows, partsOf } from './key-table.ts';

function press(combination: string): KeyPress {
  const parts = partsOf(combination);
  const key = parts.at(-1) ?? '';
  return {
    key: key.length === 1 ? key.toLowerCase() : key,
    ctrlKey: parts.includes('Ctrl') || parts.includes('Mod'),
    metaKey: false,
    altKey: parts.includes('Alt'),
    shiftKey: parts.includes('Shift'),
  };
}

describe('the key table (U-46)', () => {
  it.each(
    keyRows.filter(([, row]) => row.native !== true).flatMap(([id, row]) => row.keys.map((key) => [key, id, row] as const)),
  )('%s finds its own row %s and no other of its scope', (key, id, row) => {
    expect(findKey(press(key), row.scope, row.inText === true, false)).toBe(id);
  });

  it('lets no single letter or sign fire in a text field', () => {
    for (const key of ['?', 'r', 'c', 'e', 'p', '+', 'Delete', 'End', 'Home', 'ArrowUp']) {
      for (const scope of ['app', 'messages', 'chats'] as const) {
        expect(findKey(press(key), scope, true, false)).toBeUndefined();
      }
    }
  });

  it('lets nothing fire while an input method composes (U-17)', () => {
    expect(findKey({ ...press('Enter'), isComposing: true }, 'composer', true, false)).toBeUndefined();
    expect(findKey({ ...press('Enter'), keyCode: 229 }, 'composer', true, false)).toBeUndefined();
  });

  it('takes the command key on a Mac and Ctrl elsewhere', () => {
    const command = { ...press('K'), metaKey: true };
    expect(findKey(command, 'app', true, true)).toBe('switcher');
    expect(findKey(command, 'app', true, false)).toBeUndefined();
    expect(keyCaps('Mod+K', true)).toEqual(['⌘', 'K']);
    expect(keyCaps('Mod+K', false)).toEqual(['Ctrl', 'K']);
  });

  it('tells apart combinations that differ in a modifier only', () => {
    expect(findKey(press('Alt+ArrowUp'), 'app', true, false)).toBe('previousChat');
    expect(findKey(press('Alt+Shift+ArrowUp'), 'app', true, false)).toBe('previousUnread');
    expect(findKey(press('Shift+Enter'), 'composer', true, false)).toBeUndefined();
  });
});
