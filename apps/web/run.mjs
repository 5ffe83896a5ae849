// Runs the web chat on its internal port, as a child of the supervisor: it says when it is ready, leaves Ctrl-C to its
// parent, and goes when its parent goes. (Next's own command line can do none of the three.)
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import next from 'next';

const dev = process.env.NODE_ENV === 'development';
const port = Number(process.env.NEXO_WEB_PORT);
const hostname = '127.0.0.1';

process.on('SIGINT', () => {});
process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());

const app = next({ dev, dir: fileURLToPath(new URL('.', import.meta.url)), hostname, port, turbopack: true });
await app.prepare();
const handle = app.getRequestHandler();
const server = createServer((request, response) => handle(request, response));
const upgrade = app.getUpgradeHandler();
server.on('upgrade', (request, socket, head) => upgrade(request, socket, head));
server.listen(port, hostname, () => process.send?.({ ready: true }));
