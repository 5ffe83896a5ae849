import { appRouter, type RequestContext } from '@nexo/api';
import { callTRPCProcedure } from '@trpc/server';
import type { AnswerKind, OperationId } from './answers.ts';

export interface CallsOptions {
  /** Resolves when it is known who asks. */
  context: Promise<RequestContext>;
  answer(id: OperationId, body: string, kind: AnswerKind): void;
  refuse(id: OperationId, cause: unknown, path: string): void;
}

/**
 * The queries and mutations of one socket: run by tRPC like any call, answered by the gateway. tRPC's own handler would make an
 * observable and an abort signal for each, which nothing here has a use for.
 */
export class Calls {
  readonly #options: CallsOptions;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** Answers with the result or the refusal. Never throws. */
  async run(id: OperationId, type: 'query' | 'mutation', params: { path: string; input: unknown }): Promise<void> {
    const { context, answer, refuse } = this.#options;
    try {
      const data = await callTRPCProcedure({
        router: appRouter,
        path: params.path,
        getRawInput: async () => params.input,
        ctx: await context,
        type,
        // What is asked is done, also when nobody waits for the answer any more.
        signal: undefined,
        batchIndex: 0,
      });
      answer(id, `"result":${JSON.stringify({ type: 'data', data })}`, 'more');
    } catch (error) {
      refuse(id, error, params.path);
    }
  }
}
