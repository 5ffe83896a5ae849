import type { StreamItem } from '@nexo/shared';
import { limits } from '@nexo/shared';
import { type Deflater, textFrame } from './frames.ts';

/** What an item costs a queue besides its own bytes. */
const itemOverheadBytes = 64;

/** Subscription ids for which one batch keeps a ready frame. Clients choose the ids, so there has to be a bound. */
const framesMaxPerBatch = 64;

/** One item of the stream, serialised once for everybody on this node. */
export class Item {
  readonly value: StreamItem;
  /** May be left out for who is slow: a signal. */
  readonly droppable: boolean;
  readonly json: Buffer;
  /** What it counts for in a queue. */
  readonly bytes: number;

  constructor(value: StreamItem, options: { droppable?: boolean } = {}) {
    this.value = value;
    this.droppable = options.droppable ?? false;
    this.json = Buffer.from(JSON.stringify(value));
    this.bytes = this.json.length + itemOverheadBytes;
  }
}

/** Makes the frame for one kind of connection: compressing or not. */
export interface FrameMaker {
  /** Distinguishes the kinds in a batch's cache. */
  readonly kind: string;
  frame(payload: Uint8Array): Buffer;
}

export const plainFrames: FrameMaker = { kind: '', frame: (payload) => textFrame(payload, false) };

export function deflatedFrames(deflater: Deflater): FrameMaker {
  return { kind: 'z', frame: (payload) => deflater.frame(payload) };
}

const comma = Buffer.from(',');
const tail = Buffer.from(']}}');

/**
 * Items on their way to a socket, as an immutable list that grows at its end. Sockets that were given the same items hold the very
 * same batch, because appending the same item to the same batch answers the same object. So a thousand sockets share one body
 * and one frame, at the price of a pointer each.
 */
export class Batch {
  readonly length: number;
  readonly bytes: number;
  readonly #parent: Batch | undefined;
  readonly #item: Item | undefined;
  #next: Batch | undefined;
  #body: Buffer | undefined;
  readonly #frames = new Map<string, Buffer>();
  /** The last answer of `frame`, without a look-up in the usual case of a single subscription id. */
  #lastKey: string | undefined;
  #lastMaker: FrameMaker | undefined;
  #lastFrame: Buffer | undefined;

  private constructor(parent: Batch | undefined, item: Item | undefined) {
    this.#parent = parent;
    this.#item = item;
    this.length = parent === undefined ? 0 : parent.length + 1;
    this.bytes = (parent?.bytes ?? 0) + (item?.bytes ?? 0);
  }

  /** The empty batch from which all of one gateway grow. */
  static empty(): Batch {
    return new Batch(undefined, undefined);
  }

  append(item: Item): Batch {
    const next = this.#next;
    if (next !== undefined && next.#item === item) return next;
    const made = new Batch(this, item);
    this.#next = made;
    return made;
  }

  /** Whether a further item belongs into a new frame. */
  get full(): boolean {
    return this.bytes >= limits.outboundFrameBytes;
  }

  /** Items from first to last. */
  items(): Item[] {
    const items: Item[] = new Array(this.length);
    let at: Batch | undefined = this;
    for (let i = this.length - 1; i >= 0 && at !== undefined; i--, at = at.#parent) {
      if (at.#item !== undefined) items[i] = at.#item;
    }
    return items;
  }

  /** The ready frame for a subscription whose id in JSON is `id`. Build once, write many times: never change it. */
  frame(id: string, maker: FrameMaker): Buffer {
    if (this.#lastFrame !== undefined && this.#lastKey === id && this.#lastMaker === maker) return this.#lastFrame;
    const key = `${maker.kind}${id}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      const head = Buffer.from(`{"id":${id},"result":{"type":"data","data":[`);
      frame = maker.frame(Buffer.concat([head, this.#joined(), tail]));
      if (this.#frames.size < framesMaxPerBatch) this.#frames.set(key, frame);
    }
    this.#lastKey = id;
    this.#lastMaker = maker;
    this.#lastFrame = frame;
    return frame;
  }

  #joined(): Buffer {
    if (this.#body === undefined) {
      const parts: Buffer[] = [];
      for (const item of this.items()) {
        if (parts.length > 0) parts.push(comma);
        parts.push(item.json);
      }
      this.#body = Buffer.concat(parts);
    }
    return this.#body;
  }
}
