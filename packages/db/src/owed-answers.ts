const typeBytes = 1;
const lengthBytes = 4;
/** What asks whether the server speaks TLS: it alone is so short and without a type, and it alone is answered with a single byte. */
const tlsQuestionBytes = 8;

const startup = 0;
const query = 'Q'.charCodeAt(0);
const sync = 'S'.charCodeAt(0);
const flush = 'H'.charCodeAt(0);
const readyForQuery = 'Z'.charCodeAt(0);
/** What the answer to a Flush ends with, as the client uses it: described, a page of rows, all rows, refused. */
const endsOfFlush = new Set(['t', 's', 'C', 'E'].map((type) => type.charCodeAt(0)));

/**
 * Knows whether Postgres owes an answer on a connection, from the headers of all that is said and heard: every Query and every Sync
 * is answered with a ReadyForQuery of its own, and so is the startup. Copies nothing and looks at five bytes of each message.
 */
export class OwedAnswers {
  /** ReadyForQuery that are still to come. */
  #ready = 0;
  /** A Flush has asked for what is there so far. */
  #isFlushing = false;
  #isAskingForTls = false;
  readonly #said = new Messages((type, bytes) => this.#onSaid(type, bytes));
  readonly #heard = new Messages((type) => this.#onHeard(type));

  get isOwed(): boolean {
    return this.#ready > 0 || this.#isFlushing || this.#isAskingForTls;
  }

  said(bytes: Uint8Array): void {
    this.#said.walk(bytes, 0);
  }

  heard(bytes: Uint8Array): void {
    const from = this.#isAskingForTls ? 1 : 0;
    this.#isAskingForTls = false;
    this.#heard.walk(bytes, from);
  }

  #onSaid(type: number, bytes: number): void {
    if (type === startup && bytes === tlsQuestionBytes) this.#isAskingForTls = true;
    else if (type === query || type === sync || type === startup) this.#ready++;
    else if (type === flush) this.#isFlushing = true;
  }

  #onHeard(type: number): void {
    if (type === readyForQuery) this.#ready = Math.max(0, this.#ready - 1);
    // What was asked before the Flush is answered before it.
    else if (this.#ready === 0 && endsOfFlush.has(type)) this.#isFlushing = false;
  }
}

/** Cuts a stream of bytes into messages: a type of one byte, a length that counts itself, and what is skipped. */
class Messages {
  readonly #ended: (type: number, bytes: number) => void;
  #type = 0;
  #length = 0;
  /** Bytes of the header that have come. */
  #header = 0;
  /** Bytes of the message that are still to come. */
  #left = 0;

  /** `ended` is told the type of each message that is complete, and its length without the type. */
  constructor(ended: (type: number, bytes: number) => void) {
    this.#ended = ended;
  }

  walk(bytes: Uint8Array, from: number): void {
    let at = from;
    while (at < bytes.length) {
      if (this.#header < typeBytes + lengthBytes) {
        this.#readHeader(bytes[at++] ?? 0);
        if (this.#header < typeBytes + lengthBytes) continue;
        this.#left = Math.max(0, this.#length - lengthBytes);
      }
      const part = Math.min(this.#left, bytes.length - at);
      at += part;
      this.#left -= part;
      if (this.#left > 0) continue;
      this.#header = 0;
      this.#ended(this.#type, this.#length);
    }
  }

  #readHeader(byte: number): void {
    if (this.#header > 0) {
      this.#length = this.#length * 256 + byte;
      this.#header++;
      return;
    }
    this.#type = byte;
    this.#length = 0;
    // A startup has no type: the first byte of its length is 0, as no type is.
    this.#header = byte === startup ? 2 : 1;
  }
}
