/**
 * Why the server closes a WebSocket: what happened, whether the client may come back, and when.
 * `reconnect: 'refresh'` means: get a new access token first (`auth.refresh`), then connect.
 * Every reconnect waits with full jitter (`docs/protocol.md`, rules G).
 */
export const closeCodes = {
  GOING_AWAY: { code: 1001, reconnect: 'yes', meaning: 'The server is restarting.' },
  FRAME_TOO_LARGE: { code: 1009, reconnect: 'yes', meaning: 'A frame was larger than limits.frameMaxBytes.' },
  INTERNAL: { code: 1011, reconnect: 'yes', meaning: 'The server met a fault of its own.' },
  MALFORMED: { code: 4000, reconnect: 'no', meaning: 'A frame was not JSON of the tRPC WebSocket protocol: fix the client.' },
  UNAUTHENTICATED: { code: 4001, reconnect: 'refresh', meaning: 'No token, a wrong one, or one that has expired.' },
  AUTH_TIMEOUT: { code: 4002, reconnect: 'yes', meaning: 'The connection parameters did not come within limits.authMaxMs.' },
  SESSION_REVOKED: { code: 4003, reconnect: 'no', meaning: 'This session was signed out: log in again.' },
  SESSION_REPLACED: { code: 4004, reconnect: 'no', meaning: 'Another login of this user took the place of this session.' },
  TOO_MANY_CONNECTIONS: { code: 4005, reconnect: 'yes', meaning: 'This user has limits.connectionsMaxPerUser sockets open.' },
  PING_TIMEOUT: { code: 4006, reconnect: 'yes', meaning: 'Two pings stayed without an answer.' },
  RATE_LIMITED: { code: 4007, reconnect: 'yes', meaning: 'Far too many operations on one socket.' },
  SLOW_CONSUMER: { code: 4008, reconnect: 'yes', meaning: 'Events were not read for limits.drainMaxMs.' },
} as const;

export type CloseName = keyof typeof closeCodes;

/** The table's row for a code on the wire; undefined for codes that browsers and proxies make up (1005, 1006 …): reconnect. */
export function closeByCode(code: number): { name: CloseName; reconnect: 'yes' | 'no' | 'refresh' } | undefined {
  for (const [name, row] of Object.entries(closeCodes)) {
    if (row.code === code) return { name: name as CloseName, reconnect: row.reconnect };
  }
  return undefined;
}
