'use client';

import { useMe } from '@nexo/client/react';
import type { TextContent } from '@nexo/shared';
import { type ReactNode, useMemo } from 'react';
import { splitLinks } from '../message-list/message-text.ts';
import { type MarkdownNode, parseMarkdown, safeHref } from './markdown.ts';
import { splitMentions } from './split-mentions.ts';

/** A text with its emphasis, code, quotes, links and the people it speaks to. */
export function TextView({ content }: { content: TextContent }) {
  const meId = useMe()?.id;
  const { text } = content;
  const nodes = useMemo(() => parseMarkdown(text), [text]);
  const leaf = (words: string, linked = true) => <Words text={words} content={content} meId={meId} linked={linked} />;
  if (nodes === null) return leaf(text);
  return nodes.map((node, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move.
    <MarkdownView key={index} node={node} leaf={leaf} />
  ));
}

type Leaf = (words: string, linked?: boolean) => ReactNode;

function MarkdownView({ node, leaf }: { node: MarkdownNode; leaf: Leaf }): ReactNode {
  const inside = (part: Leaf = leaf) =>
    'children' in node
      ? node.children.map((child, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move.
          <MarkdownView key={index} node={child} leaf={part} />
        ))
      : null;
  switch (node.type) {
    case 'text':
      return leaf(node.value);
    case 'paragraph':
      return <p className="md-block">{inside()}</p>;
    case 'blockquote':
      return <blockquote className="md-block md-quote">{inside()}</blockquote>;
    case 'code':
      return (
        <pre className="md-block md-code" tabIndex={-1}>
          <code>{node.value}</code>
        </pre>
      );
    case 'inlineCode':
      return <code className="md-inline-code">{node.value}</code>;
    case 'strong':
      return <strong>{inside()}</strong>;
    case 'emphasis':
      return <em>{inside()}</em>;
    case 'delete':
      return <del>{inside()}</del>;
    case 'break':
      return '\n';
    case 'link': {
      const href = safeHref(node.url);
      // A link within a link is none.
      const words = inside((text) => leaf(text, false));
      if (href === undefined) return words;
      return (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href} tabIndex={-1}>
          {words}
        </a>
      );
    }
    default:
      return 'value' in node ? leaf(node.value) : inside();
  }
}

function Words({
  text,
  content,
  meId,
  linked,
}: {
  text: string;
  content: TextContent;
  meId: string | undefined;
  linked: boolean;
}) {
  const { mentions = [], mentionsAll = false } = content;
  return splitMentions(text, mentions, mentionsAll).map((part, index) =>
    part.userId === undefined ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move.
      <Linked key={index} text={part.text} linked={linked} />
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move.
      <span key={index} className="msg-mention" data-me={part.userId === '*' || part.userId === meId}>
        <bdi>{part.text}</bdi>
      </span>
    ),
  );
}

function Linked({ text, linked }: { text: string; linked: boolean }) {
  if (!linked) return text;
  return splitLinks(text).map((part, index) =>
    part.href === undefined ? (
      part.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move.
      <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow" tabIndex={-1}>
        <bdi>{part.text}</bdi>
      </a>
    ),
  );
}
