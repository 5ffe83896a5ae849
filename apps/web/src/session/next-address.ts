/** Where to go after signing in: the `next` of the address when it is a path of our own, else the chat. */
export function nextAddress(search: string): string {
  const next = new URLSearchParams(search).get('next');
  // `//host` and `/\host` are other sites to a browser.
  return next !== null && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-') ? next : '/';
}
