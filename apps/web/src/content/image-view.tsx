'use client';

import type { ImageContent, StickerContent } from '@nexo/shared';
import { useMemo, useState } from 'react';
import { thumbHashToDataURL } from 'thumbhash';
import { mediaBox } from './media-box.ts';

/** A picture in the box that it will need; a click shows it as it is. */
export function ImageView({ content }: { content: ImageContent }) {
  const { url, width, height, thumbhash, caption } = content;
  return (
    <>
      <a
        href={url}
        target="_blank"
        rel="noopener noreferrer nofollow"
        tabIndex={-1}
        className="media-box"
        style={mediaBox(width, height)}
      >
        <Picture url={url} alt={caption ?? 'Photo'} thumbhash={thumbhash} />
      </a>
      {caption === undefined ? null : <p>{caption}</p>}
    </>
  );
}

const stickerMax = 180;

export function StickerView({ content }: { content: StickerContent }) {
  const { url, width, height, emoji } = content;
  return (
    <span className="media-box media-bare" style={mediaBox(width, height, stickerMax)}>
      <Picture url={url} alt={emoji === undefined ? 'Sticker' : `${emoji} Sticker`} thumbhash={undefined} />
    </span>
  );
}

export function Picture({ url, alt, thumbhash }: { url: string; alt: string; thumbhash: string | undefined }) {
  const [state, setState] = useState<'coming' | 'there' | 'failed'>('coming');
  const blurred = useMemo(() => blurOf(thumbhash), [thumbhash]);
  return (
    <>
      {blurred === undefined || state === 'there' ? null : (
        // biome-ignore lint/performance/noImgElement: addresses are anybody's; they are not proxied through the server.
        <img src={blurred} alt="" aria-hidden="true" className="media-fill" />
      )}
      {state === 'failed' ? (
        <span className="media-words">
          {alt}
          <br />
          It can’t be loaded.
        </span>
      ) : (
        // biome-ignore lint/performance/noImgElement: addresses are anybody's; they are not proxied through the server.
        <img
          src={url}
          alt={alt}
          loading="lazy"
          decoding="async"
          referrerPolicy="no-referrer"
          draggable={false}
          data-state={state}
          className="media-fill"
          onLoad={() => setState('there')}
          onError={() => setState('failed')}
        />
      )}
    </>
  );
}

function blurOf(thumbhash: string | undefined): string | undefined {
  if (thumbhash === undefined) return undefined;
  try {
    return thumbHashToDataURL(Uint8Array.from(atob(thumbhash), (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
