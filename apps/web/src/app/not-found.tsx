import { Notice } from '../ui/notice.tsx';

export default function NotFound() {
  return (
    <main className="grid h-dvh place-items-center bg-canvas">
      <Notice words="There is nothing at this address." action={{ label: 'Back to chats', href: '/' }} />
    </main>
  );
}
