'use client';

import { clockOf, type VoiceContent } from '@nexo/shared';
import { Pause, Play } from 'lucide-react';
import { useRef, useState } from 'react';

const barCount = 64;
/** How far an arrow key goes (s). */
const stepSeconds = 5;

/** Something spoken: a button, its bars, how long it is. */
export function VoiceView({ content }: { content: VoiceContent }) {
  const { url, durationMs, waveform } = content;
  const audioRef = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);
  const [atMs, setAtMs] = useState(0);
  const bars = barsOf(waveform);

  function toggle() {
    const audio = audioRef.current;
    if (audio === null) return;
    if (playing) audio.pause();
    else audio.play().catch(() => setFailed(true));
  }

  return (
    <span className="voice">
      {/* biome-ignore lint/a11y/useMediaCaption: what people say to each other has no captions. */}
      <audio
        ref={audioRef}
        src={url}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setAtMs(0)}
        onError={() => setFailed(true)}
        onTimeUpdate={(event) => setAtMs(event.currentTarget.currentTime * 1000)}
      />
      <button
        type="button"
        tabIndex={-1}
        className="voice-play"
        aria-label={`${playing ? 'Pause' : 'Play'} voice message, ${clockOf(durationMs)}`}
        onClick={toggle}
        onKeyDown={(event) => {
          const step = { ArrowLeft: -stepSeconds, ArrowRight: stepSeconds }[event.key];
          if (step === undefined || audioRef.current === null || !playing) return;
          audioRef.current.currentTime = Math.max(0, audioRef.current.currentTime + step);
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        {playing ? <Pause size={18} aria-hidden="true" /> : <Play size={18} aria-hidden="true" />}
      </button>
      <span className="voice-bars" aria-hidden="true">
        {bars.map((height, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: bars never move.
            key={index}
            style={{ height: `${height}%` }}
            data-played={durationMs > 0 && atMs / durationMs > index / bars.length}
          />
        ))}
      </span>
      <span className="voice-clock tabular">{clockOf(atMs > 0 ? atMs : durationMs)}</span>
      {failed ? <span className="text-[12px] text-danger">It can’t be played.</span> : null}
    </span>
  );
}

/** As many bars as there is room for, none of them invisible. */
function barsOf(waveform: readonly number[] | undefined): number[] {
  const loudness = waveform ?? [40];
  return Array.from({ length: barCount }, (_, i) => Math.max(12, loudness[Math.floor((i * loudness.length) / barCount)] ?? 0));
}
