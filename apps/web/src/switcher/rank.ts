/** Text as it is compared: without case and accents. */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/**
 * How well a name answers a query; undefined when not at all. Less is better: the beginning of the name, the beginning of a word,
 * anywhere inside, then all letters in order (which forgives a missed one).
 */
export function rank(name: string, query: string): number | undefined {
  const wanted = fold(query.trim());
  if (wanted === '') return 0;
  const text = fold(name);
  if (text.startsWith(wanted)) return 1;
  if (text.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted))) return 2;
  if (text.includes(wanted)) return 3;
  let from = 0;
  for (const letter of wanted) {
    const at = text.indexOf(letter, from);
    if (at === -1) return undefined;
    from = at + letter.length;
  }
  return 4;
}
