import type { ReactNode } from 'react';
import { Logo } from '../../ui/logo.tsx';

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="flex h-dvh flex-col items-center overflow-y-auto bg-canvas px-4 py-8">
      <div className="my-auto w-full max-w-[400px]">
        <div className="mb-6 flex items-center justify-center gap-3">
          <Logo size={36} />
          <span className="text-[22px] font-semibold tracking-tight">Nexo</span>
        </div>
        {children}
      </div>
    </main>
  );
}
