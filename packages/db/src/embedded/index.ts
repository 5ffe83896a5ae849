export { OperatorError } from './operator-error.ts';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  runningPostgresUrl,
  startEmbeddedPostgres,
} from './start-embedded-postgres.ts';
