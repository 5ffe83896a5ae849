import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import { ThemeProvider } from 'next-themes';
import type { ReactNode } from 'react';
import { hasSessionCookie } from '../session/session-cookie.ts';
import { SessionProvider } from '../session/session-provider.tsx';
import { restoreListWidthScript } from '../shell/list-width.ts';
import './globals.css';

export const metadata: Metadata = {
  title: 'Nexo',
  description: 'Instant messaging on your own server.',
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  interactiveWidget: 'resizes-content',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#151920' },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const requestHeaders = await headers();
  const nonce = requestHeaders.get('x-nonce') ?? '';
  return (
    <html lang="en" suppressHydrationWarning>
      <body>
        {/* The width of the list is known before anything is painted, so that nothing moves when the chat arrives. */}
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours; nothing of a person is in it. */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: restoreListWidthScript }} />
        <ThemeProvider attribute="data-theme" enableSystem nonce={nonce} storageKey="nexo.theme">
          <SessionProvider mayHaveSession={hasSessionCookie(requestHeaders.get('cookie'))} nonce={nonce}>
            {children}
          </SessionProvider>
        </ThemeProvider>
      </body>
    </html>
  );
}
