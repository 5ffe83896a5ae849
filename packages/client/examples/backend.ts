import type { AppRouter } from '@nexo/api';
import { createTRPCClient, httpLink } from '@trpc/client';

const { NEXO_URL = 'http://localhost:3000', NEXO_KEY = '' } = process.env;
const links = [httpLink({ url: `${NEXO_URL}/trpc`, headers: { authorization: `Bearer ${NEXO_KEY}` } })];
const { backend } = createTRPCClient<AppRouter>({ links });

await backend.upsertUsers.mutate({ users: [{ userId: 'ada', displayName: 'Ada' }, { userId: 'max' }] });
const session = await backend.mintSession.mutate({ userId: 'ada', platform: 'web' });
const message = { clientMessageId: crypto.randomUUID(), content: { type: 'text', text: 'Your order is on its way' } } as const;
await backend.send.mutate({ ...message, senderId: 'max', toUserId: 'ada' });
process.stdout.write(`${JSON.stringify(session)}\n`); // for the app of Ada: client.auth.enter(session)
