import { hash, parseOptions } from '@node-rs/argon2';
import { describe, expect, test } from 'vitest';
import { checkPasswordStrength } from './check-password-strength.ts';
import { makePasswords } from './passwords.ts';

describe('hashing', () => {
  test('S1 argon2id, 19 MiB, two passes, one lane, a salt of its own each time', async () => {
    const passwords = makePasswords();
    const first = await passwords.hash('correct horse');
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(parseOptions(first).saltLen).toBeGreaterThanOrEqual(16);
    expect(await passwords.hash('correct horse')).not.toBe(first);
    expect(passwords.isOutdated(first)).toBe(false);
    expect(await passwords.verify(first, 'correct horse')).toBe(true);
    expect(await passwords.verify(first, 'correct horsf')).toBe(false);
  });

  test('hashes of other parameters are outdated', async () => {
    const passwords = makePasswords();
    expect(passwords.isOutdated(await hash('x', { memoryCost: 8 * 1024 }))).toBe(true);
    expect(passwords.isOutdated(await hash('x', { timeCost: 3 }))).toBe(true);
    // 1 is Argon2i; the enum itself is only there for the compiler.
    expect(passwords.isOutdated(await hash('x', { algorithm: 1 }))).toBe(true);
  });

  test('no password belongs to nobody', async () => {
    expect(await makePasswords().verify(null, '')).toBe(false);
  });

  test('one password in two Unicode forms is the same', async () => {
    const passwords = makePasswords();
    expect(await passwords.verify(await passwords.hash('ångström'.normalize('NFC')), 'ångström'.normalize('NFD'))).toBe(true);
  });

  test('S2 a flood is refused with OVERLOADED and a time to wait, and those let in are served', async () => {
    const passwords = makePasswords({ concurrency: 1, queueMaxMs: 250 });
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => passwords.hash('correct horse')));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(80);
    expect(refused.length).toBeLessThan(100);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'OVERLOADED', retryAfterMs: expect.any(Number) });
    // Nothing is left behind: the next one is let in.
    await passwords.hash('correct horse');
  });
});

describe('password rules', () => {
  const check = (password: string) => () => checkPasswordStrength(password, 'Alice.Smith', 'password');
  const weak = expect.objectContaining({ code: 'WEAK_PASSWORD', field: 'password' });

  test.each(['1234567', 'ünïcödé', 'password1', 'PASSWORD1', 'Iloveyou', 'aaaaaaaaaaaa', '        ', 'alice.smith', 'pässwor'])(
    'S6 %j is refused',
    (password) => {
      expect(check(password)).toThrow(weak);
    },
  );

  test.each(['tulipan kaffe', `${'x'.repeat(100)}y`, 'пароль не простой', '🐢🐇🦊🐻🐼🐨🐯🦁', 'lowercaseonlybutrare'])(
    'S6 %j is accepted',
    (password) => {
      expect(check(password)).not.toThrow();
    },
  );
});
