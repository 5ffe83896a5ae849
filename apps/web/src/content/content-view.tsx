'use client';

import { contentToText, type MessageContent } from '@nexo/shared';
import { CardView } from './card-view.tsx';
import './content.css';
import { FileView } from './file-view.tsx';
import { ImageView, StickerView } from './image-view.tsx';
import { LocationView } from './location-view.tsx';
import { TextView } from './text-view.tsx';
import { VideoView } from './video-view.tsx';
import { VoiceView } from './voice-view.tsx';

/** What a message says: one view a kind. */
export function ContentView({ content }: { content: Exclude<MessageContent, { type: 'notice' }> }) {
  switch (content.type) {
    case 'text':
      return <TextView content={content} />;
    case 'image':
      return <ImageView content={content} />;
    case 'video':
      return <VideoView content={content} />;
    case 'voice':
      return <VoiceView content={content} />;
    case 'file':
      return <FileView content={content} />;
    case 'location':
      return <LocationView content={content} />;
    case 'card':
      return <CardView content={content} />;
    case 'sticker':
      return <StickerView content={content} />;
    case 'custom':
      // A product of its own kinds shows them in a chat of its own; this one says what they are.
      return <span className="content-row">{contentToText(content)}</span>;
    case 'expired':
      return <span className="text-muted italic">{contentToText(content)}</span>;
    default:
      return <UnknownKind />;
  }
}

/** A kind that only a newer version of this page knows. */
function UnknownKind() {
  return (
    <>
      <span className="text-muted">A message of a kind this version does not know.</span>{' '}
      <button type="button" tabIndex={-1} className="text-link underline" onClick={() => window.location.reload()}>
        Update to see this
      </button>
    </>
  );
}
