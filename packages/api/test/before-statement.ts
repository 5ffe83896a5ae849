import type { Sql } from '@nexo/db';

/**
 * The same connection or pool, but `hook` is called before each statement that matches, in transactions too: at once when it
 * answers nothing, else the statement waits for it.
 */
export function beforeStatement(sql: Sql, pattern: RegExp, hook: (statement: string) => Promise<void> | void): Sql {
  return new Proxy(sql, {
    apply(target, self, args: [TemplateStringsArray, ...unknown[]]) {
      const statement = args[0].raw?.join('?') ?? '';
      const wait = pattern.test(statement) ? hook(statement) : undefined;
      if (wait === undefined) return Reflect.apply(target, self, args);
      return wait.then(() => Reflect.apply(target, self, args));
    },
    get(target, key, receiver) {
      if (key !== 'begin') return Reflect.get(target, key, receiver);
      return (options: string, work: (tx: Sql) => Promise<unknown>) =>
        target.begin(options, (tx) => work(beforeStatement(tx as unknown as Sql, pattern, hook)));
    },
  });
}
