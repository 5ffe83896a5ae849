import { AppError, type CustomContent, customFault, limits, type SendableContent, type TextContent } from '@nexo/shared';
import type { CustomKinds } from '../context.ts';

/**
 * What its schema cannot say of a content: its size in bytes, that a mention can be seen in the text, and whether a custom kind is
 * declared and its data are what the kind wants. Throws MESSAGE_TOO_LARGE and INVALID_INPUT.
 */
export function checkContent(content: SendableContent, customKinds: CustomKinds): void {
  if (content.type === 'text') checkText(content);
  else checkOther(content, customKinds);
}

function checkOther(content: Exclude<SendableContent, TextContent>, customKinds: CustomKinds): void {
  const bytes = Buffer.byteLength(JSON.stringify(content));
  if (bytes > limits.messageContentMaxBytes) throw tooLarge('content', bytes, limits.messageContentMaxBytes);
  if (content.type === 'custom') checkCustom(content, customKinds);
}

function checkText({ text, mentions, mentionsAll }: TextContent): void {
  // What people write at most doubles in JSON. Control characters take six times their size there, for everybody who reads them.
  const bytes = Math.max(Buffer.byteLength(text), Math.ceil((Buffer.byteLength(JSON.stringify(text)) - 2) / 2));
  if (bytes > limits.messageTextMaxBytes) throw tooLarge('content.text', bytes, limits.messageTextMaxBytes);
  const unseen = mentions?.find(({ name }) => !text.includes(`@${name}`));
  // Nobody is called by a text that does not show it.
  if (unseen !== undefined) throw invalid('content.mentions', `@${unseen.name} does not stand in the text`);
  if (mentionsAll && !text.includes('@all')) throw invalid('content.mentionsAll', '@all does not stand in the text');
}

function checkCustom({ kind: name, data }: CustomContent, customKinds: CustomKinds): void {
  const kind = customKinds.get(name);
  if (kind === undefined) throw invalid('content.kind', `this server does not know the kind ${name}`);
  const fault = customFault(kind, data);
  if (fault !== null) throw invalid(fault.path === '' ? 'content.data' : `content.data.${fault.path}`, fault.message);
}

function invalid(field: string, message: string): AppError {
  return new AppError('INVALID_INPUT', { message: `${field}: ${message}`, field });
}

function tooLarge(field: string, bytes: number, maxBytes: number): AppError {
  return new AppError('MESSAGE_TOO_LARGE', { message: `${field}: ${bytes} bytes, at most ${maxBytes} fit`, field });
}
