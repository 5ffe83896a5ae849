/** The side of the largest box that a picture gets, and of the smallest (CSS pixels). */
const boxMax = 420;
const boxMin = 120;

/** The box of a picture, known before it is there, so that nothing moves when it comes. */
export function mediaBox(width: number, height: number, max = boxMax): { width: number; height: number } {
  const scale = Math.min(1, max / width, max / height);
  const clamp = (side: number) => Math.round(Math.min(max, Math.max(boxMin, side * scale)));
  return { width: clamp(width), height: clamp(height) };
}
