'use client';

import { clockOf, type VideoContent } from '@nexo/shared';
import { Play } from 'lucide-react';
import { useState } from 'react';
import { Picture } from './image-view.tsx';
import { mediaBox } from './media-box.ts';

/** A still of the video; nothing of the video itself is fetched before somebody wants to see it. */
export function VideoView({ content }: { content: VideoContent }) {
  const { url, width, height, durationMs, posterUrl, thumbhash, caption } = content;
  const [playing, setPlaying] = useState(false);
  const label = caption ?? 'Video';
  return (
    <>
      <span className="media-box" style={mediaBox(width, height)}>
        {playing ? (
          // biome-ignore lint/a11y/useMediaCaption: what people send each other has no captions.
          <video src={url} controls autoPlay playsInline className="media-fill" />
        ) : (
          <button
            type="button"
            tabIndex={-1}
            className="media-fill media-play"
            aria-label={`Play ${label}, ${clockOf(durationMs)}`}
            onClick={() => setPlaying(true)}
          >
            {posterUrl === undefined ? null : <Picture url={posterUrl} alt="" thumbhash={thumbhash} />}
            <span className="media-play-mark">
              <Play size={24} aria-hidden="true" />
            </span>
            <span className="media-duration tabular">{clockOf(durationMs)}</span>
          </button>
        )}
      </span>
      {caption === undefined ? null : <p>{caption}</p>}
    </>
  );
}
