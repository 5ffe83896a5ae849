'use client';

import clsx from 'clsx';
import { type CSSProperties, useState } from 'react';
import { initials, nameColor } from '../lib/names.ts';

/** A picture, or letters on the colour of the id. People are round, rooms are not. Decorative: the name stands beside it. */
export function Avatar({
  id,
  name,
  url,
  size,
  shape = 'person',
}: {
  id: string;
  name: string;
  url?: string | undefined;
  size: number;
  shape?: 'person' | 'room';
}) {
  const [brokenUrl, setBrokenUrl] = useState<string | undefined>(undefined);
  const style: CSSProperties = { width: size, height: size, fontSize: Math.round(size * 0.38) };
  const rounding = shape === 'person' ? 'rounded-full' : 'rounded-[10px]';
  if (url !== undefined && url !== brokenUrl) {
    return (
      // biome-ignore lint/performance/noImgElement: addresses are anybody's; they are not proxied through the server.
      <img
        src={url}
        alt=""
        width={size}
        height={size}
        referrerPolicy="no-referrer"
        onError={() => setBrokenUrl(url)}
        style={style}
        className={clsx('shrink-0 bg-hover object-cover', rounding)}
      />
    );
  }
  return (
    <span
      aria-hidden="true"
      style={{ ...style, background: nameColor(id) }}
      className={clsx('grid shrink-0 select-none place-items-center font-semibold leading-none text-[var(--on-name)]', rounding)}
    >
      {initials(name)}
    </span>
  );
}
