/** Whether two values are the same as JSON; the order of keys, which the database does not keep, is none of it. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = definedKeys(a);
  return (
    keys.length === definedKeys(b).length && keys.every((key) => isSameJson(a[key as keyof typeof a], b[key as keyof typeof b]))
  );
}

function definedKeys(value: object): string[] {
  return Object.entries(value).flatMap(([key, part]) => (part === undefined ? [] : [key]));
}
