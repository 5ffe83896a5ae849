import type { NexoErrorData } from '@nexo/shared';

/** A call past the engine is given up after this long. */
export const callMaxMs = 10_000;

/** Where a call goes, and who asks. */
export interface Address {
  url: string;
  accessToken: string;
}

/** Calls a procedure over HTTP, past the engine. Throws {@link Refused} when the server says no. */
export async function call<T>({ url, accessToken }: Address, path: string, input: unknown, method: 'GET' | 'POST'): Promise<T> {
  const query = method === 'GET' ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
  const response = await fetch(`${url}/trpc/${path}${query}`, {
    method,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(callMaxMs),
    ...(method === 'POST' ? { body: JSON.stringify(input) } : {}),
  });
  const answer = (await response.json()) as { result?: { data: T }; error?: { data?: { nexo?: NexoErrorData } } };
  if (answer.result !== undefined) return answer.result.data;
  throw new Refused(answer.error?.data?.nexo);
}

/** What the server said instead of an answer. */
export class Refused extends Error {
  readonly data: NexoErrorData | undefined;
  constructor(data: NexoErrorData | undefined) {
    super(data?.code ?? 'refused');
    this.data = data;
  }
}
