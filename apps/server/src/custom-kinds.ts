import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OperatorError } from '@nexo/db/embedded';
import type { CustomKind } from '@nexo/shared';

const namePattern = /^[a-z0-9]+([._-][a-z0-9]+)*$/;

/**
 * The kinds of content that a module of the operator's declares as its default export. Throws OperatorError with a sentence when it
 * cannot be loaded or what it exports are no kinds: a server that refused what its clients send would be found out too late.
 */
export async function loadCustomKinds(path: string): Promise<CustomKind[]> {
  let kinds: unknown;
  try {
    const module: { default?: unknown } = await import(pathToFileURL(resolve(path)).href);
    kinds = module.default;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`CUSTOM_KINDS: ${path} cannot be loaded: ${words}`);
  }
  if (!Array.isArray(kinds)) throw new OperatorError(`CUSTOM_KINDS: the default export of ${path} must be a list of kinds.`);
  const names = new Set<string>();
  for (const kind of kinds) {
    if (!isKind(kind)) throw new OperatorError(`CUSTOM_KINDS: ${path} exports something that defineCustomKind has not made.`);
    if (names.has(kind.name)) throw new OperatorError(`CUSTOM_KINDS: ${path} declares ${kind.name} twice.`);
    names.add(kind.name);
  }
  return kinds as CustomKind[];
}

function isKind(value: unknown): value is CustomKind {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('schema' in value)) return false;
  const { name, schema } = value;
  const isSchema = typeof schema === 'object' && schema !== null && '~standard' in schema;
  return typeof name === 'string' && namePattern.test(name) && isSchema;
}
