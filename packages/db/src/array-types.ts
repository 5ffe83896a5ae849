/** Oids of array types, by name: Postgres never changes them. */
const arrayOids = { int4: 1007, text: 1009, int8: 1016, float8: 1022, uuid: 2951 };

/**
 * How array parameters are written. The client can ask each new connection for the array types of the database instead; that
 * costs a round trip, and when the connection dies in the middle of it nobody catches the error and the process ends.
 * Arrays are never read: what needs a list reads rows or JSON. Arrays of booleans and of bytes are missing since the client would
 * take them for the type of their first element: write those as text[] and cast.
 */
export const arrayTypes = Object.fromEntries(
  Object.entries(arrayOids).map(([name, oid]) => [`${name}s`, { to: oid, from: [], serialize: arrayLiteral, parse: String }]),
);

type Element = string | number | boolean | null;

/** `{"a","b",null}`; an empty list is `{}`. Something that is no list goes as it is, so that the database refuses it by name. */
function arrayLiteral(values: unknown): string {
  if (!Array.isArray(values)) return String(values);
  let literal = '';
  for (const value of values as Element[]) literal += `${literal === '' ? '{' : ','}${elementLiteral(value)}`;
  return literal === '' ? '{}' : `${literal}}`;
}

const needsEscape = /["\\]/;

function elementLiteral(value: Element): string {
  if (value === null) return 'null';
  if (typeof value !== 'string') return String(value);
  if (!needsEscape.test(value)) return `"${value}"`;
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
