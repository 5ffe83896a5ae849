/** Which of the eight name colours a user (or a room) has: a hash, so that it is the same on every device. */
export function nameColor(id: string): string {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) | 0;
  return `var(--name-${(hash >>> 0) % 8})`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** One or two letters for an avatar without a picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = firstGrapheme(words[0]);
  const last = words.length > 1 ? firstGrapheme(words.at(-1)) : '';
  return (first + last).toLocaleUpperCase() || '?';
}

function firstGrapheme(word: string | undefined): string {
  if (word === undefined) return '';
  for (const { segment } of graphemes.segment(word)) return segment;
  return '';
}

/** 'Ana', 'Ana and Bo', 'Ana, Bo and 3 others'. */
export function listNames(names: readonly string[], shown = 2): string {
  if (names.length <= 1) return names[0] ?? '';
  if (names.length <= shown) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  const rest = names.length - shown;
  return `${names.slice(0, shown).join(', ')} and ${rest} other${rest === 1 ? '' : 's'}`;
}

/** '1 member', '1,200 members'. */
export function countMembers(count: number): string {
  return `${count.toLocaleString('en')} member${count === 1 ? '' : 's'}`;
}
