'use client';

import Link from 'next/link';
import { TextField } from '../ui/text-field.tsx';
import { AuthCard } from './auth-card.tsx';
import { useSession } from './session-provider.tsx';
import { useAuthOptions } from './use-auth-options.ts';

export function SignInForm() {
  const { client } = useSession();
  const { registrationOpen } = useAuthOptions();
  return (
    <AuthCard
      title="Sign in"
      submitLabel="Sign in"
      onSubmit={async (values) =>
        client?.auth.login({ userId: String(values.get('userId')).trim(), password: String(values.get('password')) })
      }
      footer={(search) =>
        registrationOpen ? (
          <>
            New here?{' '}
            <Link href={`/sign-up${search}`} className="font-medium text-link underline underline-offset-2">
              Create an account
            </Link>
          </>
        ) : (
          'Accounts here are given out by whoever runs this server.'
        )
      }
    >
      <TextField
        label="User name"
        name="userId"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={64}
        autoFocus
      />
      <TextField label="Password" name="password" type="password" autoComplete="current-password" required maxLength={256} />
    </AuthCard>
  );
}
