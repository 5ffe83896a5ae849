import { expect, test } from 'vitest';
import { mediaBox } from './media-box.ts';

test('a picture gets a box of its shape, neither larger nor smaller than there is room for', () => {
  expect(mediaBox(800, 600)).toEqual({ width: 420, aspectRatio: '420 / 315' });
  expect(mediaBox(300, 200)).toEqual({ width: 300, aspectRatio: '300 / 200' });
  expect(mediaBox(10_000, 10)).toEqual({ width: 420, aspectRatio: '420 / 120' });
  expect(mediaBox(1, 1)).toEqual({ width: 120, aspectRatio: '120 / 120' });
});
