import pino from 'pino';

/** The process's log: one JSON object a line, with the name of the node if there are several. Errors stand under `error`. */
export function makeLog(level: string, node: string | null = null) {
  const log = pino({ name: 'nexo', level, serializers: { error: pino.stdSerializers.err } });
  return node === null ? log : log.child({ node });
}
