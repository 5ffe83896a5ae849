import type { Finding, FindingKind, History, Reading, SendRecord, StoredHead, StoredMessage } from './history.ts';

export interface CheckOptions {
  /**
   * Whether the order of `sends` within one sender and conversation is the order in which a single socket sent them, each once:
   * then their seqs must ascend.
   */
  senderOrder?: boolean;
  /** Findings after which the check stops looking: a broken run would otherwise report every message. */
  maxFindings?: number;
}

/**
 * Compares what was sent, what the database holds and what every reader saw. Returns what is wrong, in the order of looking;
 * empty means: every acknowledged message exists exactly once with its content, numbers are 1 … n without a hole, heads agree,
 * and every reader saw every message exactly once in that one order.
 */
export function checkHistory(history: History, options: CheckOptions = {}): Finding[] {
  const findings = new Findings(options.maxFindings ?? 50);
  const rows = groupBy(history.stored, (row) => row.conversationId);
  const heads = new Map(history.heads.map((head) => [head.conversationId, head]));
  for (const conversationId of new Set([...rows.keys(), ...heads.keys()])) {
    checkNumbers(conversationId, rows.get(conversationId) ?? [], heads.get(conversationId), findings);
  }
  checkSends(history.sends, history.stored, options.senderOrder ?? false, findings);
  for (const reading of history.readings) {
    if (findings.full) break;
    checkReading(reading, rows.get(reading.conversationId) ?? [], findings);
  }
  return findings.list;
}

class Findings {
  readonly list: Finding[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get full(): boolean {
    return this.list.length >= this.#max;
  }

  add(kind: FindingKind, conversationId: string, detail: string): void {
    if (!this.full) this.list.push({ kind, conversationId, detail });
  }
}

/** Rows are numbered 1 … n, countable ones are counted, and the head says the same. */
function checkNumbers(conversationId: string, stored: StoredMessage[], head: StoredHead | undefined, findings: Findings): void {
  const rows = stored.sort((a, b) => a.seq - b.seq);
  let countable = 0;
  let change = 0;
  for (const [index, row] of rows.entries()) {
    const expected = index + 1;
    if (row.seq < expected) findings.add('duplicated', conversationId, `seq ${row.seq} is stored twice`);
    if (row.seq > expected) findings.add('gap', conversationId, `after seq ${index} comes ${row.seq}`);
    if (row.seq !== expected) return;
    if (row.countable) countable++;
    if (row.countableSeq !== countable) {
      findings.add(
        'altered',
        conversationId,
        `seq ${row.seq} counts ${row.countableSeq} countable messages, there are ${countable}`,
      );
    }
    change = Math.max(change, row.change);
  }
  if (head === undefined) {
    findings.add('gap', conversationId, 'there are messages and no head');
    return;
  }
  if (head.seq !== rows.length)
    findings.add('gap', conversationId, `the head says ${head.seq}, there are ${rows.length} messages`);
  if (head.countable !== countable) {
    findings.add('altered', conversationId, `the head counts ${head.countable} countable messages, there are ${countable}`);
  }
  if (head.change < change) {
    findings.add('gap', conversationId, `the head is at change ${head.change}, a message at ${change}`);
  }
}

/** Every acknowledged send is one row with its content at the acknowledged place; nothing else is there. */
function checkSends(
  sends: readonly SendRecord[],
  stored: readonly StoredMessage[],
  senderOrder: boolean,
  findings: Findings,
): void {
  const bySend = new Map<string, StoredMessage>();
  for (const row of stored) {
    if (row.text === null) continue;
    const key = sendKey(row);
    const other = bySend.get(key);
    if (other === undefined) bySend.set(key, row);
    else findings.add('duplicated', row.conversationId, `${row.clientMessageId} is stored at seq ${other.seq} and ${row.seq}`);
  }

  const sent = new Set<string>();
  const lastSeqs = new Map<string, number>();
  for (const send of sends) {
    const key = sendKey(send);
    sent.add(key);
    const row = bySend.get(key);
    if (row === undefined) {
      if (send.outcome === 'acked') {
        findings.add('lost', send.conversationId, `${send.clientMessageId} was acknowledged as seq ${send.ackedSeqs[0]}`);
      }
      continue;
    }
    if (send.outcome === 'refused') {
      findings.add('phantom', send.conversationId, `${send.clientMessageId} was refused and is stored as seq ${row.seq}`);
    }
    if (row.text !== send.text) {
      findings.add('altered', send.conversationId, `${send.clientMessageId} is stored with another content`);
    }
    for (const seq of send.ackedSeqs) {
      if (seq !== row.seq) {
        findings.add(
          'altered',
          send.conversationId,
          `${send.clientMessageId} was acknowledged as seq ${seq}, stored as ${row.seq}`,
        );
      }
    }
    if (senderOrder) {
      const sender = `${send.conversationId} ${send.senderId}`;
      const last = lastSeqs.get(sender) ?? 0;
      if (row.seq < last) {
        findings.add('reordered', send.conversationId, `${send.senderId} sent seq ${row.seq} after seq ${last}`);
      }
      lastSeqs.set(sender, Math.max(last, row.seq));
    }
  }

  for (const [key, row] of bySend) {
    if (!sent.has(key)) findings.add('phantom', row.conversationId, `seq ${row.seq} (${row.clientMessageId}) was sent by nobody`);
  }
}

/** A reader applied `fromSeq` … n, each once, in that order, and each was the message that is stored there. */
function checkReading(reading: Reading, rows: StoredMessage[], findings: Findings): void {
  const { reader, conversationId, seqs } = reading;
  let expected = reading.fromSeq;
  for (let i = 0; i < seqs.length && !findings.full; i++) {
    const seq = seqs[i] ?? 0;
    const row = rows[seq - 1];
    if (row === undefined) {
      findings.add('phantom', conversationId, `${reader} saw seq ${seq}, which is not stored`);
      continue;
    }
    if (row.clientMessageId !== reading.clientMessageIds[i]) {
      findings.add(
        'altered',
        conversationId,
        `${reader} saw ${reading.clientMessageIds[i]} at seq ${seq}, not ${row.clientMessageId}`,
      );
    }
    if (reading.texts !== undefined && row.text !== null && row.text !== reading.texts[i]) {
      findings.add('altered', conversationId, `${reader} saw another content at seq ${seq}`);
    }
    if (seq === expected) {
      expected++;
    } else if (seq > expected) {
      findings.add('gap', conversationId, `${reader} saw seq ${seq} after ${expected - 1}`);
      expected = seq + 1;
    } else if (sawBefore(seqs, i, seq)) {
      findings.add('duplicated', conversationId, `${reader} saw seq ${seq} twice`);
    } else {
      findings.add('reordered', conversationId, `${reader} saw seq ${seq} after ${seqs[i - 1]}`);
    }
  }
  if (expected <= rows.length) {
    findings.add('unseen', conversationId, `${reader} saw nothing after seq ${expected - 1} of ${rows.length}`);
  }
}

function sawBefore(seqs: ArrayLike<number>, end: number, seq: number): boolean {
  for (let i = 0; i < end; i++) if (seqs[i] === seq) return true;
  return false;
}

function sendKey(of: { conversationId: string; senderId: string; clientMessageId: string }): string {
  return `${of.conversationId} ${of.senderId} ${of.clientMessageId}`;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
