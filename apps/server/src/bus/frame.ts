import { type BusMessage, type BusSubject, subjectOf } from '@nexo/api';

/**
 * What travels on a channel: who sent it and its number, then one line a message, which begins with the message's subject so that a
 * node which has nobody for it need not read the rest.
 *
 *     5f0c…e1 17
 *     conversation 0190…7a {"kind":"conversation",…}
 *     user alice {"kind":"user",…}
 *
 * JSON has no raw line break, and neither names nor ids have a space.
 */
export interface FrameHead {
  sender: string;
  number: number;
}

const lineBreak = 0x0a;
const space = 0x20;

/** The line of one message. */
export function messageLine(message: BusMessage): string {
  const { kind, id } = subjectOf(message);
  return `\n${kind} ${id} ${JSON.stringify(message)}`;
}

/** A frame; with no lines it is a beat, which only proves that the road is open. */
export function frameOf(head: FrameHead, lines: readonly string[]): string {
  return `${head.sender} ${head.number}${lines.join('')}`;
}

export function readHead(frame: Buffer): FrameHead {
  const end = frame.indexOf(lineBreak);
  const [sender = '', number = ''] = frame.toString('latin1', 0, end === -1 ? frame.length : end).split(' ');
  return { sender, number: Number(number) };
}

/** The messages whose subject is wanted. Throws on what no node of this version writes. */
export function readMessages(frame: Buffer, wants: (subject: BusSubject) => boolean): BusMessage[] {
  const messages: BusMessage[] = [];
  for (let start = frame.indexOf(lineBreak) + 1; start > 0; ) {
    const next = frame.indexOf(lineBreak, start);
    const end = next === -1 ? frame.length : next;
    const kindEnd = frame.indexOf(space, start);
    const idEnd = frame.indexOf(space, kindEnd + 1);
    const kind = frame.toString('latin1', start, kindEnd) as BusMessage['kind'];
    if (wants({ kind, id: frame.toString('latin1', kindEnd + 1, idEnd) }))
      messages.push(JSON.parse(frame.toString('utf8', idEnd + 1, end)));
    start = next + 1;
  }
  return messages;
}
