import { randomFillSync } from 'node:crypto';
import { newIdFrom } from '@nexo/shared';

const idBytes = 16;
const idsPerDraw = 256;

/** Makes a source of UUIDv7s that draws its random bytes for many at once: each draw costs more than its bytes. */
export function makeNewId(): () => string {
  const drawn = Buffer.alloc(idBytes * idsPerDraw);
  let used = drawn.length;
  return () => {
    if (used === drawn.length) {
      randomFillSync(drawn);
      used = 0;
    }
    const random = drawn.subarray(used, used + idBytes);
    used += idBytes;
    return newIdFrom(random);
  };
}
