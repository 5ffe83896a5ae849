'use client';

import { type FileContent, sizeOf } from '@nexo/shared';
import { FileText } from 'lucide-react';

/** A file by its name and size. The end of a long name stays: it says what kind of file it is. */
export function FileView({ content }: { content: FileContent }) {
  const { url, name, size, caption } = content;
  const tail = name.length > 12 ? name.slice(-8) : '';
  return (
    <>
      <a href={url} download={name} target="_blank" rel="noopener noreferrer nofollow" tabIndex={-1} className="content-row">
        <FileText size={24} aria-hidden="true" className="shrink-0" />
        <span className="min-w-0">
          <bdi className="flex" title={name}>
            <span className="truncate">{tail === '' ? name : name.slice(0, -8)}</span>
            <span className="shrink-0 whitespace-pre">{tail}</span>
          </bdi>
          <span className="content-note">{sizeOf(size)}</span>
        </span>
      </a>
      {caption === undefined ? null : <p>{caption}</p>}
    </>
  );
}
