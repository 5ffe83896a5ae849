import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AppError } from '@nexo/shared';

/**
 * Reads the body of a request as text, and calls back with it or with its refusal: MESSAGE_TOO_LARGE beyond `maxBytes`, INVALID_INPUT
 * for what is no UTF-8, which would be read as other words than were sent. Of a body that breaks off nothing is heard.
 */
export function readBody(req: IncomingMessage, maxBytes: number, done: (body: string | AppError) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const end = (body: string | AppError) => {
    req.off('data', take);
    req.off('end', finish);
    done(body);
  };
  const take = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else end(new AppError('MESSAGE_TOO_LARGE', { message: `A request has at most ${maxBytes} bytes` }));
  };
  const finish = () => {
    const body = Buffer.concat(chunks);
    end(isUtf8(body) ? body.toString() : new AppError('INVALID_INPUT', { message: 'The body is not UTF-8' }));
  };
  req.on('data', take);
  req.on('end', finish);
}
