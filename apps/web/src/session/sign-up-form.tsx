'use client';

import { limits } from '@nexo/shared';
import Link from 'next/link';
import { useState } from 'react';
import { Notice } from '../ui/notice.tsx';
import { TextField } from '../ui/text-field.tsx';
import { AuthCard } from './auth-card.tsx';
import { useSession } from './session-provider.tsx';
import { useAuthOptions } from './use-auth-options.ts';

export function SignUpForm() {
  const { client } = useSession();
  const { registrationOpen } = useAuthOptions();
  const [errors, setErrors] = useState<{ userId?: string; password?: string; displayName?: string }>({});
  if (!registrationOpen) {
    return (
      <div className="flex justify-center rounded-card border border-border bg-surface p-6">
        <Notice
          words="Nobody can make an account here by themselves. Ask whoever runs this server for one."
          action={{ label: 'Sign in', href: '/sign-in' }}
        />
      </div>
    );
  }
  return (
    <AuthCard
      title="Create an account"
      submitLabel="Create account"
      onSubmit={async (values) => {
        setErrors({});
        const userId = String(values.get('userId')).trim();
        const displayName = String(values.get('displayName')).trim();
        return client?.auth.register({
          userId,
          password: String(values.get('password')),
          displayName: displayName === '' ? userId : displayName,
        });
      }}
      onFieldError={(code, field, words) => {
        if (code === 'USER_ID_TAKEN' || field === 'userId') setErrors({ userId: words });
        else if (code === 'WEAK_PASSWORD' || field === 'password') setErrors({ password: words });
        else if (field === 'displayName') setErrors({ displayName: words });
        else return false;
        return true;
      }}
      footer={(search) => (
        <>
          Already here?{' '}
          <Link href={`/sign-in${search}`} className="font-medium text-link underline underline-offset-2">
            Sign in
          </Link>
        </>
      )}
    >
      <TextField
        label="Your name"
        name="displayName"
        autoComplete="name"
        maxLength={limits.displayNameMaxChars}
        error={errors.displayName}
        required
        autoFocus
      />
      <TextField
        label="User name"
        name="userId"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={limits.userIdMaxChars}
        pattern="[A-Za-z0-9._@\-]+"
        title="Letters, digits and . _ @ -"
        hint="Others find you by it. Letters, digits and . _ @ -"
        error={errors.userId}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={limits.passwordMinChars}
        maxLength={limits.passwordMaxChars}
        hint={`At least ${limits.passwordMinChars} characters. A sentence is a good one.`}
        error={errors.password}
      />
    </AuthCard>
  );
}
