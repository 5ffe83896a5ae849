/** The side of the largest box that a picture gets, and of the smallest (CSS pixels). */
const boxMax = 420;
const boxMin = 120;

/** The box of a picture, known before it is there, so that nothing moves when it comes. */
export function mediaBox(width: number, height: number, max = boxMax): { width: number; aspectRatio: string } {
  const scale = Math.min(1, max / width, max / height);
  const clamp = (side: number) => Math.round(Math.min(max, Math.max(boxMin, side * scale)));
  // Where it is too wide it shrinks as a whole.
  return { width: clamp(width), aspectRatio: `${clamp(width)} / ${clamp(height)}` };
}
