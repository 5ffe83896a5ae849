import { readFileSync } from 'node:fs';
import { rateLimitTable } from '@nexo/api';
import { closeCodes, errorCodes } from '@nexo/shared';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| '));
const cells = (line: string) => line.split('|').map((cell) => cell.trim().replaceAll('`', ''));

/** HTTP statuses of the tRPC codes that we use. */
const statuses = {
  BAD_REQUEST: '400',
  UNAUTHORIZED: '401',
  FORBIDDEN: '403',
  NOT_FOUND: '404',
  CONFLICT: '409',
  PAYLOAD_TOO_LARGE: '413',
  TOO_MANY_REQUESTS: '429',
  INTERNAL_SERVER_ERROR: '500',
  SERVICE_UNAVAILABLE: '503',
};

test('the page of errors has every code of the table, with its status and whether it may be retried', () => {
  const documented = rows
    .map(cells)
    .filter((row) => /^[A-Z_]+$/.test(row[1] ?? ''))
    .map((row) => [row[1], row[2], row[3]]);
  const table = Object.entries(errorCodes).map(([code, { trpc, retryable }]) => [code, statuses[trpc], retryable ? 'yes' : 'no']);
  expect(documented.sort()).toEqual(table.sort());
});

test('the page of errors has every close code of the table, with the way back', () => {
  const documented = rows
    .map(cells)
    .filter((row) => /^\d{4}$/.test(row[1] ?? ''))
    .map((row) => [row[1], row[2], row[3]]);
  const table = Object.entries(closeCodes).map(([name, { code, reconnect }]) => [String(code), name, reconnect]);
  expect(documented.sort()).toEqual(table.sort());
});

test('the page of limits has every row of the table, with its numbers', () => {
  const limitsPage = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
  const documented = limitsPage
    .split('\n')
    .filter((line) => /^\| `\w+Per\w+` \|/.test(line))
    .map((line) => cells(line).slice(1, 5));
  const table = Object.entries(rateLimitTable).map(([name, row]) => [
    name,
    row.points.toLocaleString('en'),
    'pointsApart' in row ? String(row.pointsApart) : '',
    durationWords(row.durationMs),
  ]);
  expect(documented.sort()).toEqual(table.sort());
  const { firstMs, maxMs } = rateLimitTable.loginPerAccountAndAddress.wait;
  expect(limitsPage).toContain(
    `the first by ${durationWords(firstMs)}, each\nfurther one twice as long, up to ${durationWords(maxMs)}`,
  );
});

function durationWords(ms: number): string {
  if (ms < 60_000) return `${ms / 1_000} s`;
  return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`;
}
