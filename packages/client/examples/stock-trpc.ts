import type { AppRouter } from '@nexo/api';
import { createTRPCClient, createWSClient, httpLink, wsLink } from '@trpc/client';
import { WebSocket } from 'ws'; // Node 20 has none of its own

const { NEXO_URL: url = 'http://localhost:3000', NEXO_USER = 'alice', NEXO_PASSWORD = 'nexo-demo-1' } = process.env;
const http = createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/trpc` })] });
const { accessToken = '' } = await http.auth.login.mutate({ userId: NEXO_USER, password: NEXO_PASSWORD, platform: 'server' });
Object.assign(globalThis, { WebSocket });
const client = createWSClient({ url: `${url.replace('http', 'ws')}/trpc`, connectionParams: { token: accessToken } });
const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client })] });

const received = () => process.stdout.write('received\n', () => client.close());
const onData = (items: { type: string }[]) => items.some(({ type }) => type === 'message.sent') && received();
await new Promise((onStarted) => trpc.sync.events.subscribe(undefined, { onStarted, onData }));
const { id: conversationId } = await trpc.conversations.openDirect.mutate({ userId: process.env.NEXO_PEER ?? 'bob' });
const content = { type: 'text', text: 'Hello' } as const;
await trpc.messages.send.mutate({ conversationId, clientMessageId: crypto.randomUUID(), content });
