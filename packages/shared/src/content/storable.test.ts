import { expect, test } from 'vitest';
import { updateGroupInput } from '../groups.ts';
import { updateUserInput } from '../users.ts';
import { type SendableContent, sendableContentSchema } from './index.ts';

type Kind = SendableContent['type'];
/** One of each kind with every field that it can have: the compiler asks for those that are missing. */
const full: { [K in Kind]: Required<Extract<SendableContent, { type: K }>> } = {
  text: { type: 'text', text: 'hello @Bob', mentions: [{ userId: 'bob', name: 'Bob' }], mentionsAll: true },
  image: {
    ...{ type: 'image', url: '/files/1.png', width: 1, height: 1, size: 1 },
    ...{ mediaType: 'image/png', thumbhash: 'aGk=', caption: 'a picture' },
  },
  video: {
    ...{ type: 'video', url: 'https://a.example/1.mp4', width: 1, height: 1, durationMs: 1, size: 1 },
    ...{ mediaType: 'video/mp4', posterUrl: '/files/1.png', thumbhash: 'aGk=', caption: 'a film' },
  },
  voice: { type: 'voice', url: '/files/1.ogg', durationMs: 1, size: 1, mediaType: 'audio/ogg', waveform: [1] },
  file: { type: 'file', url: '/files/1.pdf', name: '1.pdf', size: 1, mediaType: 'application/pdf', caption: 'a file' },
  location: { type: 'location', latitude: 1, longitude: 1, name: 'here' },
  card: { type: 'card', userId: 'bob', name: 'Bob' },
  sticker: { type: 'sticker', url: '/files/1.webp', width: 1, height: 1, emoji: '👍' },
  custom: {
    ...{ type: 'custom', kind: 'acme.poll', fallback: 'a poll' },
    data: { question: 'When?', answers: ['now', { text: 'later' }] },
  },
};

const unstorable = ['\0', '\uD800', '\uDC00'];

/** The value once more for each string in it, keys of free objects too, with these characters put into that one. */
function* spoilt(value: unknown, characters: string, path = ''): Generator<{ path: string; value: unknown }> {
  if (typeof value === 'string') yield { path, value: `${value.slice(0, -1)}${characters}${value.slice(-1)}` };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    for (const one of spoilt(part, characters, `${path}/${key}`)) {
      const copy = Array.isArray(value) ? value.with(Number(key), one.value) : { ...value, [key]: one.value };
      yield { path: one.path, value: copy };
    }
    if (path.startsWith('/data') && !Array.isArray(value)) {
      yield { path: `${path}/${key} (its name)`, value: { ...value, [`${key}${characters}`]: part } };
    }
  }
}

test.each(Object.values(full))('what Postgres cannot store stands in no field of $type', (content) => {
  expect(sendableContentSchema.safeParse(content).success).toBe(true);
  const taken = unstorable
    .flatMap((characters) => [...spoilt(content, characters)])
    .filter(({ value }) => sendableContentSchema.safeParse(value).success);
  expect(taken.map(({ path }) => path)).toEqual([]);
});

test('nor in what people and groups say of themselves', () => {
  const user = { displayName: 'Alice', avatarUrl: 'https://a.example/1.png', bio: 'I am' };
  const conversationId = '018f0000-0000-7000-8000-000000000000';
  const group = {
    ...{ conversationId, name: 'Team', avatarUrl: 'https://a.example/1.png', introduction: 'We are' },
    ...{ announcement: 'Hear!', fields: { floor: 'second' } },
  };
  const taken = [
    { schema: updateUserInput, full: user },
    { schema: updateGroupInput, full: group },
  ].flatMap(({ schema, full }) => {
    expect(schema.safeParse(full).success).toBe(true);
    return unstorable
      .flatMap((characters) => [...spoilt(full, characters)])
      .filter(({ value }) => schema.safeParse(value).success);
  });
  expect(taken.map(({ path }) => path)).toEqual([]);
});
