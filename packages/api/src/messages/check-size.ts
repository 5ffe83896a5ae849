import { AppError, limits, type SendableContent } from '@nexo/shared';

/** Throws MESSAGE_TOO_LARGE when a text has more bytes than fit. */
export function checkSize({ text }: SendableContent): void {
  // What people write at most doubles in JSON. Control characters take six times their size there, for everybody who reads them.
  const bytes = Math.max(Buffer.byteLength(text), Math.ceil((Buffer.byteLength(JSON.stringify(text)) - 2) / 2));
  if (bytes <= limits.messageTextMaxBytes) return;
  throw new AppError('MESSAGE_TOO_LARGE', {
    message: `content.text: ${bytes} bytes, at most ${limits.messageTextMaxBytes} fit`,
    field: 'content.text',
  });
}
