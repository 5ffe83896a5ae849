import type { ReactNode } from 'react';
import { ChatApp } from '../../shell/chat-app.tsx';

export default function ChatLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <ChatApp />
      {children}
    </>
  );
}
