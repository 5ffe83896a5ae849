import { appRouter, type RequestContext, type Services, toTrpcError } from '@nexo/api';
import { getTRPCErrorShape } from '@trpc/server';

/** What an answer says about its operation: a subscription's beginning, more of it or a plain answer, or the end. */
export type AnswerKind = 'started' | 'more' | 'ended';

export type OperationId = number | string;

/** An answer of the tRPC WebSocket protocol. `body` is its other member, in JSON. */
export function answerText(id: OperationId | null, body: string): string {
  return `{"id":${JSON.stringify(id)},${body}}`;
}

export const startedBody = '"result":{"type":"started"}';
export const stoppedBody = '"result":{"type":"stopped"}';

/** A refusal, or the word that something failed, formed like those of every procedure. */
export function errorBody(services: Services, address: string, cause: unknown, path?: string): string {
  const ctx: RequestContext = { ...services, session: null, address, cookies: null };
  const error = toTrpcError(cause);
  const shape = getTRPCErrorShape({ config: appRouter._def._config, error, type: 'unknown', path, input: undefined, ctx });
  return `"error":${JSON.stringify(shape)}`;
}
