import { type ChildProcess, fork } from 'node:child_process';

/** A process of the lab that does what it is told and answers in turn. */
export interface Child<Command, Message extends { type: string }> {
  pid: number;
  tell(command: Command): void;
  /** Resolves with the next message of that type; rejects when the process fails or ends first. */
  next<T extends Message['type']>(type: T): Promise<Extract<Message, { type: T }>>;
  /** Ends it at once; a no-op when it has ended. */
  end(): void;
}

/** Forks a TypeScript file of the lab. A message `{ type: 'failed', message }` of it rejects whoever waits. */
export function startChild<Command extends object, Message extends { type: string }>(file: URL): Child<Command, Message> {
  const child: ChildProcess = fork(file, { stdio: 'inherit', execArgv: ['--import', 'tsx'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file.pathname} could not be started.`);
  const arrived: Message[] = [];
  const waiting: { type: string; resolve(message: Message): void; reject(error: Error): void }[] = [];
  let failure: Error | undefined;

  child.on('message', (message: Message) => {
    if (message.type === 'failed') return fail(new Error(`${file.pathname} failed: ${String(Reflect.get(message, 'message'))}`));
    const index = waiting.findIndex((one) => one.type === message.type);
    if (index < 0) arrived.push(message);
    else waiting.splice(index, 1)[0]?.resolve(message);
  });
  child.once('exit', (code) => fail(new Error(`${file.pathname} ended with ${code}.`)));

  function fail(error: Error): void {
    failure ??= error;
    for (const one of waiting.splice(0)) one.reject(failure);
  }

  return {
    pid,
    tell: (command) => void child.send(command),
    next<T extends Message['type']>(type: T) {
      const index = arrived.findIndex((message) => message.type === type);
      const found = index < 0 ? undefined : arrived.splice(index, 1)[0];
      if (found !== undefined) return Promise.resolve(found as Extract<Message, { type: T }>);
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise<Extract<Message, { type: T }>>((resolve, reject) => {
        waiting.push({ type, resolve: (message) => resolve(message as Extract<Message, { type: T }>), reject });
      });
    },
    end: () => void child.kill('SIGKILL'),
  };
}

/** The other side: takes commands one after the other, and reports a failure instead of dying of it. */
export function serveParent<Command, Message extends { type: string }>(
  obey: (command: Command, tell: (message: Message) => void) => Promise<void>,
): void {
  const tell = (message: Message | { type: 'failed'; message: string }) => void process.send?.(message);
  let before = Promise.resolve();
  process.on('message', (command: Command) => {
    before = before
      .then(() => obey(command, tell))
      .catch((error: unknown) => {
        tell({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      });
  });
  process.once('disconnect', () => process.exit());
}
