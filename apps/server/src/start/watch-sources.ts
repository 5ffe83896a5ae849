import { watch } from 'node:fs';
import { join } from 'node:path';

/** An editor writes a file in several steps, a branch switch many files. */
const settleMs = 80;

/** Calls when TypeScript under these folders has changed, once a burst, until the returned function is called. */
export function watchSources(folders: readonly string[], onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watchers = folders.map((folder) =>
    watch(folder, { recursive: true }, (_event, file) => {
      if (file === null || !/(?<!\.test)\.tsx?$/.test(file)) return;
      clearTimeout(timer);
      timer = setTimeout(onChange, settleMs);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

/** What the server process is made of. */
export function serverSources(root: string): string[] {
  return ['packages/shared/src', 'packages/db/src', 'packages/api/src', 'apps/server/src'].map((folder) => join(root, folder));
}
