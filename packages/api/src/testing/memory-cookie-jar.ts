import type { CookieJar } from '../context.ts';

/** A browser's cookies over several exchanges. */
export class MemoryCookieJar implements CookieJar {
  readonly cookies = new Map<string, { value: string; maxAgeMs: number }>();

  get(name: string): string | undefined {
    return this.cookies.get(name)?.value;
  }

  set(name: string, value: string, maxAgeMs: number): void {
    if (maxAgeMs === 0) this.cookies.delete(name);
    else this.cookies.set(name, { value, maxAgeMs });
  }
}
