import { execFileSync } from 'node:child_process';
import { baseUrl } from './world.ts';

/** Calls a procedure of `backend.*`. */
export type CustomerCall = (procedure: string, input: object) => Promise<Record<string, string>>;

/** What the customer's own server calls with, with a key made for it; null where the data of the running system are not ours. */
export function makeCustomer(): CustomerCall | null {
  const dataDir = process.env.NEXO_E2E_DATA_DIR;
  if (dataDir === undefined) return null;
  const root = new URL('../../..', import.meta.url).pathname;
  const { NODE_ENV: _mode, ...rest } = process.env;
  const env: Record<string, string | undefined> = { ...rest, DATA_DIR: dataDir };
  const words = execFileSync(process.execPath, ['apps/server/scripts/nexo.mjs', 'key', 'create', 'e2e'], {
    cwd: root,
    env: env as NodeJS.ProcessEnv,
  });
  const key = /nxk_\S+/.exec(words.toString())?.[0] ?? '';
  return async (procedure, input) => {
    const response = await fetch(`${baseUrl()}/trpc/backend.${procedure}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    const body = await response.json();
    if (body.result === undefined) throw new Error(`${procedure}: ${JSON.stringify(body.error)}`);
    return body.result.data;
  };
}
