import { AppError, limits } from '@nexo/shared';
import { commonPasswords } from './common-passwords.ts';

/**
 * Length and not being everybody's first guess, nothing else: rules of composition make people choose worse passwords.
 * Throws WEAK_PASSWORD naming `field`.
 */
export function checkPasswordStrength(password: string, userId: string, field: string): void {
  const refuse = (message: string) => new AppError('WEAK_PASSWORD', { field, message });
  if ([...password].length < limits.passwordMinChars) {
    throw refuse(`The password needs at least ${limits.passwordMinChars} characters`);
  }
  const folded = password.normalize('NFKC').toLowerCase();
  if (folded === userId.toLowerCase()) throw refuse('The password must not be the user id');
  if (commonPasswords.has(folded) || /^(.)\1*$/su.test(folded)) throw refuse('This password is among the most common ones');
}
