import type { AppRouter } from '@nexo/api';
import { createTRPCClient, createWSClient, httpLink, wsLink } from '@trpc/client';
import { WebSocket } from 'ws';

const { NEXO_URL: url = 'http://localhost:3000', NEXO_USER = 'alice', NEXO_PASSWORD = 'nexo-demo-1' } = process.env;
Object.assign(globalThis, { WebSocket }); // Node 20 has none of its own
const http = createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/trpc` })] });
const login = await http.auth.login.mutate({ userId: NEXO_USER, password: NEXO_PASSWORD, platform: 'server' });
const client = createWSClient({ url: `${url.replace('http', 'ws')}/trpc`, connectionParams: { token: `${login.accessToken}` } });
const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client })] });
trpc.sync.events.subscribe(undefined, { onData: (items) => process.stdout.write(`received ${items[0]?.type}\n`) });
const { id: conversationId } = await trpc.conversations.openDirect.mutate({ userId: process.env.NEXO_PEER ?? 'bob' });
const message = { clientMessageId: crypto.randomUUID(), content: { type: 'text', text: 'Hello from stock tRPC' } } as const;
await trpc.messages.send.mutate({ conversationId, ...message });
setTimeout(() => client.close(), 500);
