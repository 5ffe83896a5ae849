import type { Metadata } from 'next';
import { SignInForm } from '../../../session/sign-in-form.tsx';

export const metadata: Metadata = { title: 'Sign in · Nexo' };

export default function SignInPage() {
  return <SignInForm />;
}
