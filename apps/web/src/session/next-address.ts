/** No site of its own: what leaves it is another one. */
const home = 'http://nexo.invalid';

/**
 * Where to go after signing in: the `next` of the address when it is a path of our own, else the chat. It is read as a browser reads it,
 * which drops tabs and line breaks and takes `\` for `/`: what it would go to is answered, never what was written.
 */
export function nextAddress(search: string): string {
  const next = new URLSearchParams(search).get('next');
  if (next === null || !next.startsWith('/') || !URL.canParse(next, home)) return '/';
  const { origin, pathname, search: query, hash } = new URL(next, home);
  return origin === home && !pathname.startsWith('//') && !pathname.startsWith('/sign-') ? pathname + query + hash : '/';
}
