import { BlockList, isIP } from 'node:net';
import type { MultiLoginPolicy } from '@nexo/api';
import { type Audience, defaultMessageRules, limits } from '@nexo/shared';
import { z } from 'zod';

/** What can be set of a server. */
export interface Option<T> {
  /** What it does, for docs/configuration.md. */
  prose: string;
  /** "must be …" */
  expected: string;
  example: string;
  /** As text, for docs/configuration.md. */
  default: string;
  schema: z.ZodType<T, string | undefined>;
  /** Its value may hold a password and is not repeated in messages. */
  secret?: boolean;
}

const multiLoginPolicies = ['none', 'samePlatform', 'sameClass', 'pcAndOneOther'] as const satisfies readonly MultiLoginPolicy[];
const audiences = ['everyone', 'contacts', 'nobody'] as const satisfies readonly Audience[];
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const dayMs = 24 * 3_600_000;

/** A whole number within these bounds, both included. */
function wholeNumber(least: number, most: number) {
  return z
    .string()
    .regex(new RegExp(`^\\d{1,${String(most).length}}$`))
    .transform(Number)
    .refine((number) => number >= least && number <= most);
}

const portNumber = wholeNumber(1, 65_535);

const memberCount = wholeNumber(2, 1_000_000).optional();

const audience = z
  .enum(audiences)
  .optional()
  .transform((who) => who ?? 'everyone');

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Minutes, as milliseconds; 0 is no bound. */
function windowMs(byDefault: number | null) {
  return wholeNumber(0, 5_256_000)
    .optional()
    .transform((minutes) => (minutes === undefined ? byDefault : minutes === 0 ? null : minutes * 60_000));
}

/** Every variable, in the order of docs/configuration.md. */
export const options = {
  PORT: {
    prose: 'The one public port: web chat, HTTP and WebSocket.',
    expected: 'a port number from 1 to 65535',
    example: '3001',
    default: '3000',
    schema: portNumber.optional().transform((port) => port ?? 3000),
  },
  HOST: {
    prose: 'The address to listen on. The default is for this machine alone; 0.0.0.0 (or :: for IPv6 too) lets others in.',
    expected: 'an IP address of this machine, or localhost',
    example: '0.0.0.0',
    default: '127.0.0.1',
    schema: z
      .string()
      .refine((host) => host === 'localhost' || isIP(host) !== 0)
      .optional()
      .transform((host) => host ?? '127.0.0.1'),
  },
  PUBLIC_ORIGINS: {
    prose:
      'What people type into the browser to get here, separated by commas. Browsers that come from anywhere else are refused. All https, or all http: cookies are made Secure when it is https.',
    expected: 'a list of origins such as https://chat.example.org, separated by commas, without a path or a *',
    example: 'https://chat.example.org',
    default: 'http://localhost:PORT, http://127.0.0.1:PORT',
    schema: list.refine((origins) => origins.length > 0 && origins.every(isOrigin)).optional(),
  },
  DATABASE_URL: {
    prose: 'A PostgreSQL of your own (17 or newer, with pg_trgm). Without it, one is started in DATA_DIR.',
    expected: 'an address such as postgres://user:password@host:5432/nexo',
    example: 'postgres://nexo:secret@db.example.org:5432/nexo',
    default: 'the embedded PostgreSQL',
    schema: z
      .string()
      .refine((url) => isUrl(url, ['postgres:', 'postgresql:']))
      .optional(),
    secret: true,
  },
  REDIS_URL: {
    prose:
      'A Redis (7 or newer, or Valkey; one server or a cluster, of which one address is enough) for several servers: they hear each other at once, see who is online and who is typing, and count limits together. Nothing is kept in it. When it is away or cannot be reached, the servers say so and find each other’s changes in the database, within about half a second, and whether somebody is online is unknown; nobody is refused or signed out. See docs/nodes.md.',
    expected: 'an address such as redis://host:6379, or rediss://user:password@host:6379',
    example: 'redis://redis.example.org:6379',
    default: 'none',
    schema: z
      .string()
      .refine((url) => isUrl(url, ['redis:', 'rediss:']))
      .optional(),
    secret: true,
  },
  DATA_DIR: {
    prose: 'Where everything durable lies. A relative path starts at the project’s folder. One running Nexo a folder.',
    expected: 'the path of a folder',
    example: '/var/lib/nexo',
    default: '.data',
    schema: z
      .string()
      .optional()
      .transform((folder) => folder ?? '.data'),
  },
  REGISTRATION_OPEN: {
    prose:
      'Whether people may make accounts themselves. If not, accounts are those that your own server makes: see docs/backend.md.',
    expected: 'true or false',
    example: 'false',
    default: 'true',
    schema: z
      .enum(['true', 'false'])
      .optional()
      .transform((open) => open !== 'false'),
  },
  MULTI_LOGIN: {
    prose:
      'Which older sessions of a person a new login ends: none; those on the same platform; those of the same class (phone, tablet, desktop, web); or all but desktops and one other.',
    expected: `one of ${multiLoginPolicies.join(', ')}`,
    example: 'samePlatform',
    default: 'none',
    schema: z
      .enum(multiLoginPolicies)
      .optional()
      .transform((policy) => policy ?? 'none'),
  },
  GROUP_MAX_MEMBERS: {
    prose: 'How many members a group takes. Groups that are there keep theirs.',
    expected: 'a whole number from 2 to 1000000',
    example: '200',
    default: '500',
    schema: memberCount.transform((most) => most ?? limits.groupMaxMembers),
  },
  GROUP_LARGE_MAX_MEMBERS: {
    prose: 'How many members a group takes whose owner makes it a large one.',
    expected: 'a whole number from 2 to 1000000',
    example: '100000',
    default: '10000',
    schema: memberCount.transform((most) => most ?? limits.groupLargeMaxMembers),
  },
  EDIT_WINDOW_MINUTES: {
    prose: 'For how many minutes people can edit what they have sent. 0: for ever.',
    expected: 'a number of minutes from 0 to 5256000',
    example: '15',
    default: String((defaultMessageRules.editWindowMs ?? 0) / 60_000),
    schema: windowMs(defaultMessageRules.editWindowMs),
  },
  REVOKE_WINDOW_MINUTES: {
    prose:
      'For how many minutes people can delete what they have sent for everybody. 0: for ever. The owner and the admins of a group can at any time.',
    expected: 'a number of minutes from 0 to 5256000',
    example: '120',
    default: String((defaultMessageRules.revokeWindowMs ?? 0) / 60_000),
    schema: windowMs(defaultMessageRules.revokeWindowMs),
  },
  MESSAGES_FROM: {
    prose:
      'Who may write directly to people with new accounts: everyone, their contacts, or nobody. Everybody can change it for themselves.',
    expected: `one of ${audiences.join(', ')}`,
    example: 'contacts',
    default: 'everyone',
    schema: audience,
  },
  CONTACT_REQUESTS_FROM: {
    prose:
      'Who may ask people with new accounts to become contacts: everyone, those who have a contact in common with them (contacts), or nobody. Everybody can change it for themselves.',
    expected: `one of ${audiences.join(', ')}`,
    example: 'contacts',
    default: 'everyone',
    schema: audience,
  },
  SESSIONS_PER_USER: {
    prose: 'How many sessions a person may have; one more ends the one that was not seen for longest.',
    expected: `a whole number from 1 to ${limits.sessionsMaxPerUser}`,
    example: '5',
    default: String(limits.sessionsMaxPerUser),
    schema: wholeNumber(1, limits.sessionsMaxPerUser)
      .optional()
      .transform((sessions) => sessions ?? limits.sessionsMaxPerUser),
  },
  SESSION_MAX_DAYS: {
    prose: `After how many days a person has to log in again, however often they were there: the absolute end of a session. One that nobody uses ends after ${limits.sessionIdleMs / dayMs} days, whatever stands here. A smaller number holds for the sessions that are there, too, from their next refresh on.`,
    expected: 'a whole number of days from 1 to 3650',
    example: '30',
    default: String(limits.sessionMaxMs / dayMs),
    schema: wholeNumber(1, 3650)
      .optional()
      .transform((days) => (days === undefined ? limits.sessionMaxMs : days * dayMs)),
  },
  RATE_LIMIT_FACTOR: {
    prose: 'Multiplies how often things may be done (docs/limits.md): for tests of load, and for installations unlike others.',
    expected: 'a number from 0.1 to 1000000',
    example: '2',
    default: '1',
    schema: z
      .string()
      .regex(/^\d{1,7}(\.\d{1,3})?$/)
      .transform(Number)
      .refine((factor) => factor >= 0.1 && factor <= 1_000_000)
      .optional()
      .transform((factor) => factor ?? 1),
  },
  TRUSTED_PROXIES: {
    prose:
      'Addresses or CIDR ranges of your own reverse proxies, separated by commas. Only their X-Forwarded-For is believed; limits per address depend on it.',
    expected: 'a list of IP addresses or CIDR ranges, separated by commas',
    example: '10.0.0.0/8,fd00::/8',
    default: 'none',
    schema: list
      .refine((ranges) => ranges.every(isRange))
      .optional()
      .transform((ranges) => ranges ?? []),
  },
  NODES: {
    prose:
      'How many servers `npm start` runs behind the one port; `npm start -- --nodes 3` is the same. When one dies the others go on, and SIGUSR2 renews them one by one. More than there are cores is of no use. See docs/nodes.md.',
    expected: 'a whole number from 1 to 16',
    example: '3',
    default: '1',
    schema: wholeNumber(1, 16)
      .optional()
      .transform((nodes) => nodes ?? 1),
  },
  PRESENCE_GRACE_MS: {
    prose:
      'For how many milliseconds somebody whose connection is gone still counts as there, so that a reload or a network that flaps is not noticed by others. The same on all servers.',
    expected: 'a number of milliseconds from 0 to 60000',
    example: '10000',
    default: '30000',
    schema: wholeNumber(0, 60_000)
      .optional()
      .transform((ms) => ms ?? limits.presenceGraceMs),
  },
  LOG_LEVEL: {
    prose: 'How much the server logs.',
    expected: `one of ${logLevels.join(', ')}`,
    example: 'debug',
    default: 'info',
    schema: z
      .enum(logLevels)
      .optional()
      .transform((level) => level ?? 'info'),
  },
  NEXO_WEB_PORT: {
    prose: 'Set by the supervisor: the internal port of the web chat. Not for people, unless the two are run apart.',
    expected: 'a port number from 1 to 65535',
    example: '4000',
    default: 'none',
    schema: portNumber.optional(),
  },
  NODE_ENV: {
    prose:
      'Set by the supervisor. While it is development, the sockets by which the web chat’s development server renews its pages are let through.',
    expected: 'one word',
    example: 'development',
    default: 'production',
    schema: z
      .string()
      .optional()
      .transform((mode) => mode === 'development'),
  },
  NEXO_NODE: {
    prose:
      'What this server is called among several, in its log and in the header Nexo-Node of its answers. Set by the supervisor; behind a load balancer of your own, set it as you like, but on each: without Redis it is how a server knows that there are others.',
    expected: '1 to 32 letters, digits, dots, underscores or hyphens',
    example: 'berlin-1',
    default: 'none',
    schema: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,32}$/)
      .optional(),
  },
  CUSTOM_KINDS: {
    prose:
      'A JavaScript module of your own whose default export is a list of kinds of content, made with `defineCustomKind` of the client: the server takes messages of these kinds, and of them only data that their schema accepts. A relative path starts at the project’s folder. See docs/content.md.',
    expected: 'the path of a module',
    example: '/srv/nexo/kinds.mjs',
    default: 'none',
    schema: z.string().optional(),
  },
} satisfies Record<string, Option<unknown>>;

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

function isOrigin(text: string): boolean {
  return isUrl(text, ['http:', 'https:']) && new URL(text).origin === text;
}

function isRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  try {
    const addresses = new BlockList();
    if (prefix === undefined) addresses.addAddress(address, family);
    else addresses.addSubnet(address, Number(prefix), family);
    return rest.length === 0;
  } catch {
    return false;
  }
}
