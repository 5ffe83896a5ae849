import type { MultiLoginPolicy } from '@nexo/api';
import { OperatorError } from '@nexo/db/embedded';
import type { Audience, MessageRules } from '@nexo/shared';
import { type logLevels, type Option, options } from './options.ts';

/** The typed settings of a process. */
export interface Config {
  host: string;
  port: number;
  /** Exact origins that browsers may come from. */
  publicOrigins: string[];
  /** Whether people reach the server by https, so that cookies are Secure. */
  secureCookies: boolean;
  /** Null: the embedded PostgreSQL. Never null in a server that the supervisor started. */
  databaseUrl: string | null;
  redisUrl: string | null;
  /** As given: relative to the project's folder. */
  dataDir: string;
  registrationOpen: boolean;
  /** Which older sessions a new login ends. */
  multiLogin: MultiLoginPolicy;
  /** How many members groups take. */
  groupMaxMembers: { normal: number; large: number };
  /** How long messages can be edited and revoked. */
  messageRules: MessageRules;
  /** What new accounts begin with. */
  messagesFrom: Audience;
  contactRequestsFrom: Audience;
  /** Sessions that a user may have. */
  sessionsMaxPerUser: number;
  /** How long after its login a session ends, however often it is refreshed. */
  sessionMaxMs: number;
  /** Multiplies every row of docs/limits.md. */
  rateLimitFactor: number;
  /** Addresses and CIDR ranges whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  /** How long somebody without a connection still counts as there. */
  presenceGraceMs: number;
  logLevel: (typeof logLevels)[number];
  /** The web chat's internal port; null: the server answers without a web chat. */
  webPort: number | null;
  /** The web chat is being developed: its pages renew themselves over sockets of their own. */
  development: boolean;
  /** Servers that the supervisor runs behind the one port. */
  nodes: number;
  /** Which of several this server is; null: it was not told. */
  node: string | null;
  /** A module with the developer's own kinds of content, as given. */
  customKinds: string | null;
}

/**
 * The only reader of the environment. An empty variable counts as absent.
 * Throws OperatorError with a sentence for each variable that is wrong or contradicts another.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const problems: string[] = [];
  const read = <T>(name: string, option: Option<T>): T => {
    const text = env[name]?.trim() || undefined;
    const result = option.schema.safeParse(text);
    if (result.success) return result.data;
    problems.push(
      `${name} must be ${option.expected}${option.secret ? '' : `, but is "${text}"`}. For example: ${name}=${option.example}`,
    );
    // Only to read on and find the other problems too: nothing gets past the throw below.
    return option.schema.parse(undefined);
  };
  const port = read('PORT', options.PORT);
  const publicOrigins = read('PUBLIC_ORIGINS', options.PUBLIC_ORIGINS) ?? [
    `http://localhost:${port}`,
    `http://127.0.0.1:${port}`,
  ];
  const config: Config = {
    host: read('HOST', options.HOST),
    port,
    publicOrigins,
    secureCookies: publicOrigins.every((origin) => origin.startsWith('https:')),
    databaseUrl: read('DATABASE_URL', options.DATABASE_URL) ?? null,
    redisUrl: read('REDIS_URL', options.REDIS_URL) ?? null,
    dataDir: read('DATA_DIR', options.DATA_DIR),
    registrationOpen: read('REGISTRATION_OPEN', options.REGISTRATION_OPEN),
    multiLogin: read('MULTI_LOGIN', options.MULTI_LOGIN),
    groupMaxMembers: {
      normal: read('GROUP_MAX_MEMBERS', options.GROUP_MAX_MEMBERS),
      large: read('GROUP_LARGE_MAX_MEMBERS', options.GROUP_LARGE_MAX_MEMBERS),
    },
    messageRules: {
      editWindowMs: read('EDIT_WINDOW_MINUTES', options.EDIT_WINDOW_MINUTES),
      revokeWindowMs: read('REVOKE_WINDOW_MINUTES', options.REVOKE_WINDOW_MINUTES),
    },
    messagesFrom: read('MESSAGES_FROM', options.MESSAGES_FROM),
    contactRequestsFrom: read('CONTACT_REQUESTS_FROM', options.CONTACT_REQUESTS_FROM),
    sessionsMaxPerUser: read('SESSIONS_PER_USER', options.SESSIONS_PER_USER),
    sessionMaxMs: read('SESSION_MAX_DAYS', options.SESSION_MAX_DAYS),
    rateLimitFactor: read('RATE_LIMIT_FACTOR', options.RATE_LIMIT_FACTOR),
    trustedProxies: read('TRUSTED_PROXIES', options.TRUSTED_PROXIES),
    presenceGraceMs: read('PRESENCE_GRACE_MS', options.PRESENCE_GRACE_MS),
    logLevel: read('LOG_LEVEL', options.LOG_LEVEL),
    webPort: read('NEXO_WEB_PORT', options.NEXO_WEB_PORT) ?? null,
    development: read('NODE_ENV', options.NODE_ENV),
    nodes: read('NODES', options.NODES),
    node: read('NEXO_NODE', options.NEXO_NODE) ?? null,
    customKinds: read('CUSTOM_KINDS', options.CUSTOM_KINDS) ?? null,
  };
  if (problems.length === 0) problems.push(...contradictions(config));
  if (problems.length > 0) throw new OperatorError(problems.join('\n'));
  return config;
}

function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (!config.secureCookies && config.publicOrigins.some((origin) => origin.startsWith('https:'))) {
    problems.push('PUBLIC_ORIGINS mixes http and https, but cookies are either Secure or not. Name only the https ones.');
  }
  if (config.groupMaxMembers.large < config.groupMaxMembers.normal) {
    problems.push('GROUP_LARGE_MAX_MEMBERS is below GROUP_MAX_MEMBERS: a large group takes more, not fewer.');
  }
  if (config.webPort === config.port) {
    problems.push(
      `NEXO_WEB_PORT and PORT are both ${config.port}. Leave NEXO_WEB_PORT out, or take another port for one of them.`,
    );
  }
  return problems;
}
