/**
 * Version of everything on the wire. Raised when a client of the version before would misunderstand; additions do not raise it.
 *
 * 1: the first.
 */
export const PROTOCOL_VERSION = 1;
