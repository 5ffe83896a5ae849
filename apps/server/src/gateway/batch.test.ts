import { inflateRawSync } from 'node:zlib';
import { limits } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { Batch, deflatedFrames, Item, plainFrames } from './batch.ts';
import { Deflater, textFrame } from './frames.ts';

const typing = (userId: string) => new Item({ type: 'typing', conversationId: 'c', userId, typing: true });

describe('G9 batches', () => {
  it('sockets that were given the same items share one frame, for each subscription id', () => {
    const empty = Batch.empty();
    const items = ['ann', 'ben', 'çem'].map(typing);
    const fill = () => items.reduce((batch, item) => batch.append(item), empty);
    const [one, other] = [fill(), fill()];
    expect(one).toBe(other);
    expect(one.frame('1', plainFrames)).toBe(other.frame('1', plainFrames));
    expect(one.frame('1', plainFrames)).not.toBe(other.frame('2', plainFrames));
    const frame = one.frame('"a"', plainFrames);
    expect(JSON.parse(frame.subarray(4).toString())).toEqual({
      id: 'a',
      result: { type: 'data', data: items.map((item) => item.value) },
    });
  });

  it('sockets that were given different items do not', () => {
    const empty = Batch.empty();
    const [ann, ben] = [typing('ann'), typing('ben')];
    const both = empty.append(ann).append(ben);
    const onlyBen = empty.append(ben);
    expect(both.items()).toEqual([ann, ben]);
    expect(onlyBen.items()).toEqual([ben]);
    expect(empty.items()).toEqual([]);
  });
});

describe('G14 frames', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('of %i bytes have the right head', (size) => {
    const frame = textFrame(Buffer.alloc(size, 'x'), false);
    const short = frame.readUInt8(1);
    const [head, length] =
      short < 126 ? [2, short] : short === 126 ? [4, frame.readUInt16BE(2)] : [10, Number(frame.readBigUInt64BE(2))];
    expect([frame[0], head + size, length]).toEqual([0x81, frame.length, size]);
  });

  it('are compressed when that is worth it, alone and complete', () => {
    const maker = deflatedFrames(new Deflater(limits.compressFromBytes));
    const text = 'the same words again and again '.repeat(100);
    const frame = maker.frame(Buffer.from(text));
    expect(frame[0]).toBe(0xc1);
    expect(frame.length).toBeLessThan(text.length / 4);
    const body = Buffer.concat([frame.subarray(2 + (frame.readUInt8(1) === 126 ? 2 : 0)), Buffer.from([0, 0, 0xff, 0xff])]);
    expect(inflateRawSync(body, { finishFlush: 2 }).toString()).toBe(text);
  });

  it('are plain when they are short', () => {
    const maker = deflatedFrames(new Deflater(limits.compressFromBytes));
    expect(maker.frame(Buffer.alloc(limits.compressFromBytes - 1, 'x'))[0]).toBe(0x81);
  });

  it('are plain when compressing would take too much of the loop', () => {
    const maker = deflatedFrames(new Deflater(limits.compressFromBytes));
    const large = Buffer.alloc(4 * 1024 * 1024, 'some words ');
    const firstBytes = new Set<number | undefined>();
    for (let i = 0; i < 1_000 && !firstBytes.has(0x81); i++) firstBytes.add(maker.frame(large)[0]);
    expect(firstBytes).toEqual(new Set([0xc1, 0x81]));
  });
});
