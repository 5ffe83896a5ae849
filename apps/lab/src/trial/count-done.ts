import type { Line } from '../history/line.ts';

/** Counts what people and their devices did, with every outcome of what can fail. */
export function countDone(done: Record<string, number>, line: Line): void {
  const name = nameOf(line);
  if (name !== null) done[name] = (done[name] ?? 0) + 1;
}

/** Null for what a device was told or shows. */
function nameOf(line: Line): string | null {
  switch (line.op) {
    case 'send':
    case 'markRead':
      return line.phase === 'attempt' ? null : `${line.op} ${line.phase}`;
    case 'create':
    case 'openDirect':
    case 'invite':
    case 'leave':
    case 'profile':
      return line.phase === 'invoke' ? null : `${line.op} ${line.phase}`;
    case 'act':
    case 'relation':
      return line.phase === 'invoke' ? null : `${line.verb} ${line.phase}`;
    case 'page':
      return 'page read';
    case 'typing':
      return line.event === 'pressed' ? 'typing' : null;
    case 'life':
      if (line.event === 'begins') return `life with ${line.storage} store`;
      return line.event === 'ends'
        ? `end by ${line.why}`
        : line.event === 'state' && line.state === 'signedOut'
          ? 'signed out'
          : null;
    case 'stalled':
      return 'stall of the devices';
    default:
      return null;
  }
}
