import { createClient } from '@nexo/client';

const { NEXO_URL = 'http://localhost:3000', NEXO_USER = 'alice', NEXO_PASSWORD = 'nexo-demo-1', NEXO_PEER = 'bob' } = process.env;
const client = createClient({ url: NEXO_URL });
await client.auth.login({ userId: NEXO_USER, password: NEXO_PASSWORD });
await client.start();

const received = new Promise((resolve) => client.on('message', (message) => resolve(message.content)));
const conversation = await client.conversations.openDirect(NEXO_PEER);
const message = await client.messages.send(conversation.id, 'Hello from a typed client').acknowledged;

process.stdout.write(`sent as ${message.seq}, received ${JSON.stringify(await received)}\n`);
await client.stop();
