import { readFile } from 'node:fs/promises';

/** What stands in the client, and what is put in its place. */
const changes = [
  [
    'function execute(q) {\n',
    `function execute(q) {
    if (socket === null) {
      queryError(q, Errors.connection('CONNECTION_CLOSED', options, socket))
      return true
    }
`,
  ],
  [
    'incomings = null\n    clearImmediate(nextWriteTimer)\n',
    'incomings = null\n    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n',
  ],
];

/**
 * For esbuild. A transaction that has lost its connection still says ROLLBACK; the client of Postgres (3.4.9) writes that on no socket,
 * from a timer, where nobody can catch it: the whole process ends. With this the statement fails as any other does on a lost
 * connection, which stays where the pool opens it again; and what was to be written on the old socket is not left for the next.
 */
export const livingConnection = {
  name: 'living-connection',
  setup({ onLoad, onEnd }) {
    let missing = changes.length;
    onLoad({ filter: /node_modules[\\/]postgres[\\/]src[\\/]connection\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const [before, after] of changes) {
        if (!contents.includes(before)) continue;
        contents = contents.replace(before, after);
        missing--;
      }
      return { contents, loader: 'js' };
    });
    onEnd(() =>
      missing === 0
        ? {}
        : { errors: [{ text: 'postgres.js writes in another way now: see whether it still needs living-connection.' }] },
    );
  },
};
