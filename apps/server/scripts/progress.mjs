// Shows what goes on: a line a step, with the seconds counting on a terminal.

const isTerminal = process.stdout.isTTY === true;
const tickMs = 200;
const reminderMs = 15_000;

/** Runs a step and shows how long it takes. Quick steps leave no line behind. */
export async function step(label, work) {
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  const show = () => process.stdout.write(`\r  ${label} … ${seconds()} s`);
  const timer = isTerminal
    ? setInterval(show, tickMs)
    : setInterval(() => console.log(`  ${label} … ${seconds()} s so far`), reminderMs);
  if (!isTerminal) console.log(`  ${label} …`);
  else show();
  let done = false;
  try {
    const result = await work();
    done = true;
    return result;
  } finally {
    clearInterval(timer);
    if (isTerminal) process.stdout.write(`\r  ${label} ${done ? '✓' : '✗'} ${seconds()} s\x1b[K\n`);
    else if (done) console.log(`  ${label}: ${seconds()} s`);
  }
}

/** Shows a sentence. */
export function say(line) {
  if (isTerminal) process.stdout.write('\r\x1b[K');
  console.log(line);
}
