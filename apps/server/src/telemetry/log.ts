import pino from 'pino';

/** The process's log: one JSON object a line. Errors stand under `error`. */
export function makeLog(level: string) {
  return pino({ name: 'nexo', level, serializers: { error: pino.stdSerializers.err } });
}
