import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { areSessionsAlive, type EventStreams, listCursors, readEvents, type Services } from '@nexo/api';
import type { DoorbellHeads } from '@nexo/db';
import { limits } from '@nexo/shared';
import { WebSocketServer } from 'ws';
import { createLivePresence } from '../presence/live-presence.ts';
import type { Counters } from '../telemetry/counters.ts';
import { Batch, deflatedFrames, plainFrames } from './batch.ts';
import { type AcceptedSocket, type ConnectionParts, type GatewayTiming, SocketConnection } from './connection.ts';
import { FanOut } from './fan-out.ts';
import { Flusher } from './flusher.ts';
import { Deflater } from './frames.ts';
import { Handshakes } from './handshake.ts';
import { Hub } from './hub.ts';
import { LiveStreams } from './live-streams.ts';
import { Memberships } from './memberships.ts';
import { isMissed, repairMissed } from './missed.ts';
import { Positions } from './positions.ts';

export interface GatewayOptions {
  /** Everything but the streams, which the gateway makes. */
  services: Omit<Services, 'streams'>;
  /** Exact origins that browsers may come from. */
  origins: ReadonlySet<string>;
  counters: Counters;
  timing?: GatewayTiming;
  /** Told in the answer to a handshake; null: nothing is told. */
  node?: string | null;
}

export interface Gateway {
  /** What verbs and the HTTP side use. */
  streams: EventStreams;
  /** Takes an upgrade request at the socket's path. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, address: string): void;
  /** Whether something that the doorbell tells has not been handed on although it concerns somebody here. */
  isMissed(heads: DoorbellHeads): boolean;
  /** Hands on what is missing of it, and fetches what is not in the doorbell itself. */
  repair(heads: DoorbellHeads): void;
  /** What was dispatched may be incomplete: everything is compared anew. */
  distrustAll(): void;
  /** Closes sockets whose sessions have ended without this node hearing of it, and has those that are old replaced by new ones. */
  recheckSessions(userId?: string): Promise<void>;
  /** Writes down when those who have gone were last seen. */
  noteLastSeen(): Promise<void>;
  connectionCount(): number;
  /**
   * Asks the clients one by one, over `windowMs`, to connect anew, and takes no new ones. Resolves when all are gone, at the latest
   * `graceMs` after the window, or when `hurry` is aborted.
   */
  sendAway(windowMs: number, graceMs: number, hurry?: AbortSignal): Promise<void>;
  /** Waits a moment for the answers to what is under way, then closes what is still open with GOING_AWAY. */
  close(): Promise<void>;
}

/** What is under way when the server stops is waited for at most so long. */
const answerMaxMs = 500;

/** Makes the live half of the server: sockets in, events out. */
export function createGateway(options: GatewayOptions): Gateway {
  const { counters, timing = {} } = options;
  const { log } = options.services;
  const hub: Hub = new Hub((userId) => presence.connectionsChanged(userId));
  const presence = createLivePresence({
    hub,
    services: options.services,
    ...(timing.presenceGraceMs === undefined ? {} : { graceMs: timing.presenceGraceMs }),
    ...(timing.presenceEveryMs === undefined ? {} : { everyMs: timing.presenceEveryMs }),
  });
  const positions = new Positions(timing.positionsEveryMs === undefined ? {} : { everyMs: timing.positionsEveryMs });
  const memberships = new Memberships({
    hub,
    positions,
    listCursors: (userId) => listCursors(options.services, userId),
    readEvents: (conversationId, since) => readEvents(options.services, conversationId, since),
    missedUserChange: (userId) => recheck(userId),
    log,
    ...(timing.holdMs === undefined ? {} : { holdMs: timing.holdMs }),
  });
  const live = { hub, memberships, presence };
  const streams = new LiveStreams(live, null);
  const services: Services = { ...options.services, streams };
  const fanOut = new FanOut({ hub, log, counters });
  const stopHearing = services.bus.subscribe(
    (messages) => {
      fanOut.hear(messages);
      presence.hear(messages);
    },
    (subject) => fanOut.wants(subject) || presence.wants(subject),
  );

  const handshakes = new Handshakes({ origins: options.origins, settings: services.settings });
  const deflated = deflatedFrames(new Deflater(limits.compressFromBytes));
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameMaxBytes,
    // Our own frames are compressed by us and shared; this is what is agreed upon, and how incoming ones are read.
    perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
  });
  const agreed = new WeakMap<IncomingMessage, string>();
  wss.on('headers', (headers, req) => {
    if (options.node) headers.push(`Nexo-Node: ${options.node}`);
    agreed.set(req, headers.find((line) => line.toLowerCase().startsWith('sec-websocket-extensions:')) ?? '');
  });
  const connections = new Set<SocketConnection>();
  const parts: ConnectionParts = {
    services,
    hub,
    memberships,
    flusher: new Flusher(),
    emptyBatch: Batch.empty(),
    wss,
    timing,
    presence,
    streamsOf: (connection) => new LiveStreams(live, connection),
  };

  async function recheckSessions(userId?: string): Promise<void> {
    const open = userId === undefined ? hub.connections() : [...(hub.user(userId)?.connections ?? [])];
    if (userId === undefined) for (const connection of connections) connection.checkAge();
    if (open.length === 0) return;
    const alive = await areSessionsAlive(
      services,
      open.map((connection) => connection.session.id),
    );
    for (const connection of open) if (!alive.has(connection.session.id)) connection.close('SESSION_REVOKED');
  }

  /** Waits until that holds, or as long as that. */
  async function until(holds: () => boolean, maxMs: number): Promise<void> {
    const deadline = performance.now() + maxMs;
    while (!holds() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const allGone = () => connections.size === 0;
  const allAnswered = () => [...connections].every((connection) => connection.unanswered === 0);

  function recheck(userId: string): void {
    recheckSessions(userId).catch((error: unknown) => log.warn({ error }, 'sessions could not be checked'));
  }

  /** Not where the handshake is read: what a connection keeps would keep the whole request with it, for hours. */
  function accept(socket: Omit<AcceptedSocket, 'authenticated' | 'closed'>): void {
    counters.connectionsOpened++;
    const leave = handshakes.enter(socket.address);
    const connection: SocketConnection = new SocketConnection(parts, {
      ...socket,
      authenticated: leave,
      closed() {
        leave();
        connections.delete(connection);
      },
    });
    connections.add(connection);
  }

  return {
    streams,
    recheckSessions,
    connectionCount: () => connections.size,
    upgrade(req, socket, head, address) {
      const verdict = handshakes.check(req, address);
      if (!verdict.accepted) {
        counters.handshakesRefused++;
        refuseUpgrade(socket, verdict.status, verdict.reason);
        return;
      }
      wss.handleUpgrade(req, socket, head, (ws) => {
        const extensions = agreed.get(req) ?? '';
        // A client that asked for a smaller window gets plain frames: the shared ones are made with the usual window.
        const mayDeflate = extensions.includes('permessage-deflate') && !extensions.includes('server_max_window_bits');
        accept({
          ws,
          wire: socket,
          announcesParams: new URL(req.url ?? '/', 'http://nexo').searchParams.get('connectionParams') === '1',
          frames: mayDeflate ? deflated : plainFrames,
          address,
          cookieToken: verdict.cookieToken,
        });
      });
    },
    isMissed: (heads) => isMissed({ hub, fanOut }, heads) || presence.isMissed(heads.users),
    repair(heads) {
      counters.tailRepairs++;
      repairMissed({ hub, fanOut }, heads, recheck);
      presence.repair(heads.users);
    },
    distrustAll() {
      memberships.distrustAll();
      presence.distrust();
    },
    noteLastSeen: () => presence.noteLastSeen(),
    async sendAway(windowMs, graceMs, hurry) {
      handshakes.close();
      const all = [...connections];
      const timers = all.map((connection) => setTimeout(() => connection.askToReconnect(), Math.random() * windowMs));
      await until(() => allGone() || hurry?.aborted === true, windowMs + graceMs);
      for (const timer of timers) clearTimeout(timer);
    },
    async close() {
      handshakes.close();
      await until(allAnswered, answerMaxMs);
      stopHearing();
      positions.close();
      // The last answers leave with this turn of the loop; only then are the sockets closed behind them.
      await new Promise((resolve) => setImmediate(resolve));
      for (const connection of connections) connection.close('GOING_AWAY');
      await until(allGone, limits.closeMaxMs);
      for (const connection of connections) connection.terminate();
      wss.close();
      await presence.close();
    },
  };
}

/** Answers an upgrade that is not taken, and hangs up. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`;
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
