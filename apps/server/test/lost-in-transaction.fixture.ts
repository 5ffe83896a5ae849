import { createDb } from '@nexo/db';

/** Loses the connection in the middle of a transaction, whose work goes on for a while; then uses the same pool again. */
const url = process.argv[2] ?? '';
const db = createDb({ url, max: 1 });
const other = createDb({ url, max: 1 });
let workIsOver: () => void = () => {};
const over = new Promise<void>((resolve) => {
  workIsOver = resolve;
});
const outcome = await db.sql
  .begin(async (sql) => {
    const [me] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await other.sql`select pg_terminate_backend(${me?.pid ?? 0})`;
    // The loss is heard of meanwhile; the verb finds out only by its next statement.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await sql`select 1`.catch(() => {});
    workIsOver();
    throw new Error('the verb fails');
  })
  .then(
    () => 'committed',
    () => 'rolled back',
  );
await over;
const [row] = await db.sql<{ one: number }[]>`select 1 as one`;
process.stdout.write(`${outcome}, then ${row?.one}\n`);
await Promise.all([db.close(), other.close()]);
