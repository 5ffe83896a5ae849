'use client';

import type { LocationContent } from '@nexo/shared';
import { MapPin } from 'lucide-react';

/** A place. No map is fetched: that would tell somebody else who looks at which place; whoever wants one follows the link. */
export function LocationView({ content }: { content: LocationContent }) {
  const { latitude, longitude, name } = content;
  const degrees = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return (
    <a
      href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}
      target="_blank"
      rel="noopener noreferrer nofollow"
      tabIndex={-1}
      className="content-row"
    >
      <MapPin size={24} aria-hidden="true" className="shrink-0" />
      <span className="min-w-0">
        <bdi className="block truncate">{name ?? 'Location'}</bdi>
        <span className="content-note tabular">{degrees} · Open the map</span>
      </span>
    </a>
  );
}
