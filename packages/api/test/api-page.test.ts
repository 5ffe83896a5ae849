import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appRouter } from '../src/index.ts';
import { audienceOf } from './authorization.actors.ts';
import { type Procedure, table } from './authorization.table.ts';

const source = join(import.meta.dirname, '../src');
const read = (path: string) => readFileSync(join(source, path), 'utf8');

type Noun = keyof typeof appRouter._def.record;

/** In the order of the page. */
const introductions: Record<Noun, string> = {
  auth: 'Getting in, and one’s own sessions.',
  users: 'People, oneself among them.',
  presence: 'Who is there.',
  contacts: 'Contacts, requests and blocks.',
  conversations: 'The list of chats, and what is one’s own of each.',
  groups: 'Groups and who is in them.',
  messages: 'What is said, and what becomes of it.',
  sync: 'How a client comes to have everything, and keeps it.',
  backend: 'For your own servers, by a key: see [backend.md](backend.md).',
};
const nouns = Object.keys(introductions) as Noun[];
const kinds = new Map(
  Object.entries(appRouter._def.procedures).map(([path, made]) => [
    path,
    (made as unknown as { _def: { type: string } })._def.type,
  ]),
);

/** What the functions of the package do, by their names: the first sentence of what stands above each. */
const sentences = new Map(
  readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .flatMap((path) => [...read(path).matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:async )?function (\w+)/g)])
    .map(([, comment = '', name = '']) => [name, firstSentence(comment)] as const),
);

function firstSentence(comment: string): string {
  const [paragraph = ''] = comment.split(/\n \*\n/);
  const words = paragraph
    .replace(/\s*\n \*/g, '')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .trim();
  return /^.*?[.:](?= [A-Z]|$)/.exec(words)?.[0].replace(/:$/, '.') ?? '';
}

/** What the line of a router says of a procedure: the schema of its input, the scope of its key, and what it does. */
function lineOf(noun: string, name: string) {
  const router = read(`${noun}/router.ts`);
  const line = new RegExp(`(?:/\\*\\* (.*) \\*/\\n)?  ${name}: (\\w+)(?:\\.input\\((\\w+)\\))?\\.\\w+\\((.*)`).exec(router);
  const [, comment, base = '', input, work = ''] = line ?? [];
  const verb = /=> (\w+)\(/.exec(work)?.[1] ?? '';
  const scope = new RegExp(`const ${base} = backendProcedure\\('(\\w+)'\\)`).exec(router)?.[1];
  return { input, scope, does: comment === undefined ? (sentences.get(verb) ?? '') : firstSentence(comment) };
}

function rowOf(noun: string, name: string): string[] {
  const path = `${noun}.${name}` as Procedure;
  const { input, scope, does } = lineOf(noun, name);
  const who = table[path].who ?? audienceOf(table[path].expected) ?? '';
  return [
    `\`${path}\``,
    kinds.get(path) ?? '',
    input === undefined ? '' : `\`${input}\``,
    does,
    scope === undefined ? who : `${who} with \`${scope}\``,
  ];
}

const tables = nouns.map((noun) => ({
  noun,
  rows: Object.keys(appRouter._def.record[noun]).map((name) => rowOf(noun, name)),
}));

test.each(tables.flatMap(({ rows }) => rows))('%s says what it does and who may call it', (_path, _type, _input, does, who) => {
  expect(does).toMatch(/^[A-Z].*\.$/);
  expect(who).not.toBe('');
});

// `npx vitest run --project api test/api-page.test.ts --update` writes the page anew.
test('the page of procedures has every one of them, and no other', async () => {
  const sections = tables.map(({ noun, rows }) => {
    const lines = rows.map((cells) => `| ${cells.join(' | ')} |`);
    const head = '| procedure | kind | input | what it does | who may call it |\n|---|---|---|---|---|';
    return `## ${noun}\n\n${introductions[noun]}\n\n${[head, ...lines].join('\n')}`;
  });
  const page = [
    '# Procedures',
    'Everything that can be called, by HTTP and over the socket, as `client.trpc.<procedure>` of the [client](../packages/client/README.md) or with any tRPC client of type `AppRouter`. An `input` is a schema of `packages/shared`; what is answered has its type there, too. Whoever may not call is refused with a code of [errors.md](errors.md); how often one may is in [limits.md](limits.md), what it all promises in [protocol.md](protocol.md). “The owner” and “admins” are those of the group; the rules of a group, a muting or a block may take more away. Written from the routers, the comments above what they call, and the table of who may (`packages/api/test/authorization.table.ts`), which is tried with every procedure and everybody.',
    ...sections,
  ].join('\n\n');
  await expect(`${page}\n`).toMatchFileSnapshot('../../../docs/api.md');
});
