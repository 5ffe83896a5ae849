// Stands where the web chat stands: the same manners towards the supervisor, without two minutes of building.
import { createServer } from 'node:http';

process.on('SIGINT', () => {});
process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());
createServer((_request, response) => response.end('<title>Nexo</title>')).listen(
  Number(process.env.NEXO_WEB_PORT),
  '127.0.0.1',
  () => process.send({ ready: true }),
);
