/** Longer texts (characters) are shown as they were written, here as in full. */
const plainMaxChars = 8_000;

/**
 * A text without the marks of the Markdown that texts are shown with, as one reads it in a line: `**bold** and [here](https://…)` is
 * `bold and here`. Where nothing is marked it is the text itself. It follows CommonMark as far as the web chat does; a parser of all
 * of it would be too much for what a browser loads first.
 */
export function plainWords(text: string): string {
  if (text.length > plainMaxChars || !/[*_~`>[<]/.test(text)) return text;
  const words = withoutMarks(text);
  // Without a mark a backslash is one; and a mark around nothing is something that was said all the same.
  return words === text.replace(escaped, '$1') || words.trim() === '' ? text : words;
}

const escaped = /\\([!-/:-@[-`{-~])/g;

/** Takes quotes, fences and paragraphs apart: no other mark reaches over their ends. */
function withoutMarks(text: string): string {
  const parts: string[] = [];
  let paragraph: string[] = [];
  let fence: { marks: string; depth: number } | null = null;

  function endParagraph(): void {
    if (paragraph.length === 0) return;
    parts.push(withoutInlineMarks(paragraph.join('\n')));
    paragraph = [];
  }

  let depth = 0;
  for (const raw of text.split('\n')) {
    const within = fence === null ? null : quoteOf(raw, fence.depth);
    if (fence !== null && within !== null) {
      const code = raw.slice(within.length);
      if (isFenceEnd(code, fence.marks)) fence = null;
      else parts.push(code);
      continue;
    }
    fence = null;
    const quote = quoteOf(raw) ?? '';
    const line = raw.slice(quote.length);
    const marks = quote.replace(/[^>]/g, '').length;
    const opening = /^[ \t]*(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1];
    // A line without the mark goes on with the paragraph of a quote.
    if (marks > depth || line.trim() === '' || opening !== undefined) endParagraph();
    depth = marks === 0 && paragraph.length > 0 ? depth : marks;
    if (opening !== undefined) {
      fence = { marks: opening, depth: marks };
    } else if (line.trim() === '') parts.push('');
    else paragraph.push(line);
  }
  endParagraph();
  return parts.join('\n');
}

/** The marks of so many quotes within each other that a line begins with, or of all; null when there are fewer. */
function quoteOf(line: string, depth?: number): string | null {
  return new RegExp(`^(?:[ \\t]*>[ \\t]?)${depth === undefined ? '*' : `{${depth}}`}`).exec(line)?.[0] ?? null;
}

function isFenceEnd(line: string, opening: string): boolean {
  const closing = /^[ \t]*(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1];
  return closing !== undefined && closing[0] === opening[0] && closing.length >= opening.length;
}

/** A stretch of words; of stars, underscores and tildes those that are not yet known to be marks. */
interface Piece {
  text: string;
  /** How many signs there were at first, and what they may be by what stands around them. */
  run?: { size: number; opens: boolean; closes: boolean };
}

const autolink = /<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9.-]+)>/iy;
const linkEnd =
  /\]\(\s*(?:<[^<>\n]*>|(?:[^\s()<\\]|\\.|\((?:[^\s()\\]|\\.){0,500}\)){0,2000})(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)/y;

function withoutInlineMarks(text: string): string {
  const pieces: Piece[] = [];
  /** Places of `[` that a link may begin with. */
  let brackets: number[] = [];
  let words = '';

  function put(piece?: Piece): void {
    if (words !== '') pieces.push({ text: words });
    words = '';
    if (piece !== undefined) pieces.push(piece);
  }

  for (let at = 0; at < text.length; ) {
    const sign = text[at] ?? '';
    if (sign === '\\' && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? '')) {
      words += text[at + 1];
      at += 2;
    } else if (sign === '`') {
      const [ticks = ''] = text.slice(at).match(/^`+/) ?? [];
      const end = endOfCode(text, at + ticks.length, ticks.length);
      words += end === -1 ? ticks : codeOf(text.slice(at + ticks.length, end));
      at = end === -1 ? at + ticks.length : end + ticks.length;
    } else if (sign === '<') {
      autolink.lastIndex = at;
      const address = autolink.exec(text);
      words += address?.[1] ?? sign;
      at += address?.[0].length ?? 1;
    } else if (sign === '[') {
      put({ text: sign });
      brackets.push(pieces.length - 1);
      at += 1;
    } else if (sign === ']') {
      linkEnd.lastIndex = at;
      const opening = brackets.pop();
      const end = opening === undefined ? null : linkEnd.exec(text);
      if (opening === undefined || end === null) {
        words += sign;
        at += 1;
        continue;
      }
      put();
      // Marks within a link end in it; and there is no link around a link.
      const inside = pieces.splice(opening).slice(1);
      takeEmphasis(inside);
      words = inside.map((piece) => piece.text).join('');
      brackets = [];
      at += end[0].length;
    } else if (sign === '*' || sign === '_' || sign === '~') {
      const run = runAt(text, at, sign);
      put(run);
      at += run.run.size;
    } else {
      words += sign;
      at += 1;
    }
  }
  put();
  takeEmphasis(pieces);
  return pieces.map((piece) => piece.text).join('');
}

function endOfCode(text: string, from: number, size: number): number {
  for (const match of text.slice(from).matchAll(/`+/g)) if (match[0].length === size) return from + match.index;
  return -1;
}

/** One space on either side lets code begin or end with a backtick. */
function codeOf(inside: string): string {
  const line = inside.replace(/\n/g, ' ');
  return /^ .* $/.test(line) && line.trim() !== '' ? line.slice(1, -1) : line;
}

function runAt(text: string, at: number, sign: string): Required<Piece> {
  let end = at;
  while (text[end] === sign) end += 1;
  const [before, after] = [[...text.slice(Math.max(0, at - 2), at)].at(-1), [...text.slice(end, end + 2)][0]];
  const leans = (inner: string | undefined, outer: string | undefined) =>
    (sign !== '~' && inner === '~') || kindOf(inner) === 'letter' || (kindOf(inner) === 'sign' && kindOf(outer) !== 'letter');
  const left = leans(after, before);
  const right = leans(before, after);
  const isWordBound = sign === '_';
  return {
    text: text.slice(at, end),
    run: {
      size: end - at,
      opens: left && (!isWordBound || !right || kindOf(before) !== 'letter'),
      closes: right && (!isWordBound || !left || kindOf(after) !== 'letter'),
    },
  };
}

function kindOf(character: string | undefined): 'space' | 'sign' | 'letter' {
  if (character === undefined || /\s/u.test(character)) return 'space';
  return /[\p{P}\p{S}]/u.test(character) ? 'sign' : 'letter';
}

/** Takes the marks of emphasis and strikes away, each closing one with the nearest that it can close. */
function takeEmphasis(pieces: Piece[]): void {
  /** Runs that may still open, in their order. */
  const openers: Piece[] = [];
  for (const piece of pieces) {
    if (piece.run === undefined) continue;
    while (piece.run.closes && piece.text !== '') {
      const place = openers.findLastIndex((opener) => closes(opener, piece));
      const opener = openers[place];
      if (opener === undefined) break;
      const size = piece.text[0] === '~' ? 2 : Math.min(2, piece.text.length, opener.text.length);
      piece.text = piece.text.slice(size);
      opener.text = opener.text.slice(size);
      // What was opened within it does not reach out of it.
      openers.length = opener.text === '' ? place : place + 1;
    }
    if (piece.run.opens && piece.text !== '') openers.push(piece);
  }
}

function closes(opener: Piece, closer: Piece): boolean {
  const [from, to] = [opener.run, closer.run];
  if (from === undefined || to === undefined || opener.text[0] !== closer.text[0]) return false;
  // A strike is of exactly two; one tilde is a tilde.
  if (closer.text[0] === '~') return from.size === 2 && to.size === 2;
  // The rule of three: `**a*b**` is strong, and the star in it a star.
  const isEither = from.closes || to.opens;
  const [size, other] = [opener.text.length, closer.text.length];
  return !isEither || (size + other) % 3 !== 0 || (size % 3 === 0 && other % 3 === 0);
}
