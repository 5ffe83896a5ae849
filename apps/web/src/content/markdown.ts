import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';

type Tree = ReturnType<typeof fromMarkdown>;
export type MarkdownNode = Tree['children'][number];

/** Longer texts (characters) are shown as they are: taking them apart must never hold up a row. */
const markdownMaxChars = 8_000;

/**
 * What people mean by it in a chat, and no more: emphasis, strike, code, quotes, links. A # is a channel, a number with a dot is a
 * number, and a tag is a tag.
 */
const left = {
  disable: {
    null: [
      ...['codeIndented', 'htmlFlow', 'htmlText', 'headingAtx', 'setextUnderline', 'thematicBreak', 'list', 'definition'],
      ...['labelStartImage', 'characterReference', 'hardBreakTrailing'],
    ],
  },
};

/** A text taken apart; null when it has nothing to take apart and is best shown as it was written. */
export function parseMarkdown(text: string): readonly MarkdownNode[] | null {
  if (text.length > markdownMaxChars || !/[*_~`>[<]/.test(text)) return null;
  const tree = fromMarkdown(text, {
    extensions: [gfmStrikethrough({ singleTilde: false }), left],
    mdastExtensions: [gfmStrikethroughFromMarkdown()],
  });
  return tree.children.every(isPlain) ? null : tree.children;
}

function isPlain(node: MarkdownNode): boolean {
  return node.type === 'paragraph' && node.children.every((child) => child.type === 'text');
}

/** Only what is safe to follow is a link. */
export function safeHref(url: string): string | undefined {
  return /^(https?:\/\/|mailto:)/i.test(url) ? url : undefined;
}
