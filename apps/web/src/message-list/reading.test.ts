import { describe, expect, it } from 'vitest';
import { advanceReading, isReadable, type ReadingState } from './reading.ts';

const nothing: ReadingState = new Map();

describe('reading (U-12)', () => {
  it('needs 60 % of a row', () => {
    const viewport = { top: 0, bottom: 500 };
    expect(isReadable({ top: 460, bottom: 560 }, viewport)).toBe(false);
    expect(isReadable({ top: 440, bottom: 540 }, viewport)).toBe(true);
    expect(isReadable({ top: 600, bottom: 640 }, viewport)).toBe(false);
  });

  it('takes 60 % of the viewport for a row that is taller than it', () => {
    const viewport = { top: 0, bottom: 500 };
    expect(isReadable({ top: 150, bottom: 5000 }, viewport)).toBe(true);
    expect(isReadable({ top: 250, bottom: 5000 }, viewport)).toBe(false);
  });

  it('takes 400 ms', () => {
    const start = advanceReading(nothing, { readableSeqs: [7, 8], attentive: true, atMs: 1000 });
    expect(start).toMatchObject({ readSeq: undefined, dueInMs: 400 });
    expect(advanceReading(start.state, { readableSeqs: [7, 8], attentive: true, atMs: 1399 }).readSeq).toBeUndefined();
    expect(advanceReading(start.state, { readableSeqs: [7, 8], attentive: true, atMs: 1400 }).readSeq).toBe(8);
  });

  it('counts anew for a row that went away and came back', () => {
    const seen = advanceReading(nothing, { readableSeqs: [7], attentive: true, atMs: 0 });
    const away = advanceReading(seen.state, { readableSeqs: [], attentive: true, atMs: 300 });
    const back = advanceReading(away.state, { readableSeqs: [7], attentive: true, atMs: 350 });
    expect(advanceReading(back.state, { readableSeqs: [7], attentive: true, atMs: 500 }).readSeq).toBeUndefined();
  });

  it('reads nothing in a hidden tab or an unfocused window, and starts anew afterwards (U-05)', () => {
    const seen = advanceReading(nothing, { readableSeqs: [7], attentive: true, atMs: 0 });
    const away = advanceReading(seen.state, { readableSeqs: [7], attentive: false, atMs: 10_000 });
    expect(away).toMatchObject({ readSeq: undefined, dueInMs: undefined });
    expect(advanceReading(away.state, { readableSeqs: [7], attentive: true, atMs: 10_001 }).readSeq).toBeUndefined();
  });

  it('reads up to the newest row that was long enough on the screen, not further', () => {
    const seen = advanceReading(nothing, { readableSeqs: [7], attentive: true, atMs: 0 });
    const more = advanceReading(seen.state, { readableSeqs: [7, 8], attentive: true, atMs: 400 });
    expect(more).toMatchObject({ readSeq: 7, dueInMs: 400 });
  });
});
