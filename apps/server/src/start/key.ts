import { createKey, type KeyView, listKeys, revokeKey } from '@nexo/api';
import { createDb } from '@nexo/db';
import { OperatorError } from '@nexo/db/embedded';
import { AppError, newId, type Scope, scopes, uuidSchema } from '@nexo/shared';
import type { SupervisorOptions } from './supervisor.ts';
import { withDatabase } from './with-database.ts';

const usage = `Use: npm run key -- create <name> [--scopes ${scopes.join(',')}]
     npm run key -- list
     npm run key -- revoke <id>`;
const nameMaxChars = 64;

/** What is to be done with the keys of the customer's servers. */
export type KeyCommand = { verb: 'create'; name: string; scopes: Scope[] } | { verb: 'list' } | { verb: 'revoke'; id: string };

export interface KeyOptions extends Omit<SupervisorOptions, 'mode'> {
  /** What stands behind `key`. */
  args: readonly string[];
  /** Shows a result. */
  print(line: string): void;
}

/**
 * Makes, lists and revokes keys of the customer's servers, in the database of this installation, while it runs or not. Throws
 * OperatorError for what is not understood.
 */
export async function keyCommand(options: KeyOptions): Promise<void> {
  const command = parseKeyCommand(options.args);
  await withDatabase(options, async (url) => {
    for (const line of await runKeyCommand(url, command)) options.print(line);
  });
}

/** The command in words of the shell. Throws OperatorError with how it is used. */
export function parseKeyCommand(args: readonly string[]): KeyCommand {
  const [verb, subject, ...rest] = args;
  if (verb === 'list' && subject === undefined) return { verb };
  if (verb === 'revoke' && subject !== undefined && rest.length === 0) {
    if (!uuidSchema.safeParse(subject).success) throw new OperatorError(`"${subject}" is no id of a key: npm run key -- list`);
    return { verb, id: subject };
  }
  if (verb === 'create' && subject !== undefined && !subject.startsWith('-')) {
    if (subject.length > nameMaxChars) throw new OperatorError(`A name has at most ${nameMaxChars} characters.`);
    return { verb, name: subject, scopes: parseScopes(rest) };
  }
  throw new OperatorError(usage);
}

/** All of them when none are named. */
function parseScopes(flags: readonly string[]): Scope[] {
  if (flags.length === 0) return [...scopes];
  const given = /^--scopes(?:=(.*))?$/.exec(flags[0] ?? '');
  const list = given?.[1] ?? flags[1];
  if (given === null || list === undefined || flags.length > (given[1] === undefined ? 2 : 1)) throw new OperatorError(usage);
  const named = list.split(',').map((name) => name.trim());
  const unknown = named.find((name) => !scopes.some((scope) => scope === name));
  if (unknown !== undefined) throw new OperatorError(`There is no scope "${unknown}". There are: ${scopes.join(', ')}.`);
  return scopes.filter((scope) => named.includes(scope));
}

/** The same on any migrated database. Answers what to show, line by line. */
export async function runKeyCommand(databaseUrl: string, command: KeyCommand): Promise<string[]> {
  const db = createDb({ url: databaseUrl, max: 1, name: 'nexo-key' });
  const services = { db, clock: { now: () => Date.now() }, newId };
  try {
    if (command.verb === 'create') {
      const { key, view } = await createKey(services, command);
      const may = view.scopes.join(', ');
      return [`Key "${view.name}" for: ${may}. It is shown this once; keep it where your server keeps its secrets.`, '', key];
    }
    if (command.verb === 'revoke') {
      await revokeKey(services, command.id);
      return ['Revoked. Nobody gets in with it any more.'];
    }
    const keys = await listKeys(services);
    return keys.length === 0 ? ['There are no keys yet.'] : keys.map(lineOf);
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') {
      throw new OperatorError('There is no such key, or it is revoked already: npm run key -- list');
    }
    throw error;
  } finally {
    await db.close();
  }
}

function lineOf({ id, name, ending, scopes: held, createdAt, lastUsedAt, revokedAt }: KeyView): string {
  const day = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const state = revokedAt !== null ? `revoked ${day(revokedAt)}` : lastUsedAt !== null ? `used ${day(lastUsedAt)}` : 'never used';
  return `${id}  …${ending}  ${name}  (${held.join(', ')})  made ${day(createdAt)}, ${state}`;
}
