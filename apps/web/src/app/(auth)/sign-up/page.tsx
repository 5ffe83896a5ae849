import type { Metadata } from 'next';
import { SignUpForm } from '../../../session/sign-up-form.tsx';

export const metadata: Metadata = { title: 'Create an account · Nexo' };

export default function SignUpPage() {
  return <SignUpForm />;
}
