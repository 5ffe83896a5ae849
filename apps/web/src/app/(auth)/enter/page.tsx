import type { Metadata } from 'next';
import { EnterCard } from '../../../session/enter-card.tsx';

export const metadata: Metadata = { title: 'Signing in · Nexo' };

export default function EnterPage() {
  return <EnterCard />;
}
