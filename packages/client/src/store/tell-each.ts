/** Tells every listener. The fault of one is its own: it is reported as an uncaught error, and the others hear all the same. */
export function tellEach<T>(listeners: Iterable<(value: T) => void>, value: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(value);
    } catch (fault) {
      queueMicrotask(() => {
        throw fault;
      });
    }
  }
}
