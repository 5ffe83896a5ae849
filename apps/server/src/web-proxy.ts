import { Agent, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Log } from '@nexo/api';
import type { ClientAddress } from './client-address.ts';
import { refuseUpgrade } from './gateway/gateway.ts';

export interface WebProxy {
  request(req: IncomingMessage, res: ServerResponse): void;
  /** The web chat's own sockets: those of its development server. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

export interface WebProxyOptions {
  /** The web chat's internal port; null when this process runs without one. */
  port: number | null;
  clientAddress: ClientAddress;
  log: Log;
}

/** Headers that speak of one connection alone and end here. */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

const unavailablePage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Nexo is starting</title>
<meta http-equiv="refresh" content="3">
<p>The web chat does not answer at the moment. This page tries again by itself.</p>
`;

/** Passes everything that is not the API on to the web chat, so that both have one origin. */
export function createWebProxy(options: WebProxyOptions): WebProxy {
  const { port, clientAddress, log } = options;
  // As many as there are requests: were they bounded, a few hundred people who are slow to send or to read would hold up all others.
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
  const host = '127.0.0.1';
  const upgraded = new Set<Duplex>();
  return {
    request(req, res) {
      if (port === null) {
        res.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
        res.end('This server runs without a web chat.\n');
        return;
      }
      const { method, url: path } = req;
      const headers = { ...endToEnd(req.headers), ...forwarded(req, clientAddress.of(req)) };
      const passed = request({ host, port, agent, method, path, headers }, (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.headers));
        answer.pipe(res);
        answer.on('error', () => res.destroy());
      });
      passed.on('error', (error) => {
        log.debug({ error }, 'the web chat did not answer');
        if (res.headersSent) {
          res.destroy();
          return;
        }
        res.writeHead(502, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store', 'Retry-After': '3' });
        res.end(unavailablePage);
      });
      res.on('close', () => passed.destroy());
      req.pipe(passed);
    },
    upgrade(req, socket, head) {
      if (port === null) {
        refuseUpgrade(socket, 404, 'Nothing here');
        return;
      }
      const web = connect(port, host);
      upgraded.add(socket);
      const refuse = () => refuseUpgrade(socket, 502, 'The web chat does not answer');
      web.once('error', refuse);
      socket.on('error', () => web.destroy());
      web.once('connect', () => {
        web.off('error', refuse);
        web.on('error', () => socket.destroy());
        web.on('close', () => socket.destroy());
        const lines = [`${req.method} ${req.url} HTTP/1.1`];
        for (let i = 0; i + 1 < req.rawHeaders.length; i += 2) lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`);
        web.write(`${lines.join('\r\n')}\r\n\r\n`);
        web.write(head);
        web.pipe(socket).pipe(web);
      });
      socket.on('close', () => {
        upgraded.delete(socket);
        web.destroy();
      });
    },
    close() {
      agent.destroy();
      for (const socket of upgraded) socket.destroy();
    },
  };
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name) && !named.includes(name)));
}

/** What the web chat may know of the first hop. Whatever the caller claimed is replaced. */
function forwarded(req: IncomingMessage, address: string): Record<string, string> {
  return { 'x-forwarded-for': address, ...(req.headers.host === undefined ? {} : { 'x-forwarded-host': req.headers.host }) };
}
