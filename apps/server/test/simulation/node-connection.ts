import type { Duplex } from 'node:stream';
import type { RequestContext, Session } from '@nexo/api';
import { AppError, type CloseName } from '@nexo/shared';
import type { WebSocket } from 'ws';
import { type AnswerKind, answerText, errorBody, type OperationId } from '../../src/gateway/answers.ts';
import type { FrameMaker } from '../../src/gateway/batch.ts';
import { Heartbeat } from '../../src/gateway/heartbeat.ts';
import type { Connection } from '../../src/gateway/hub.ts';
import { LiveEvents } from '../../src/gateway/live-events.ts';
import { Operations } from '../../src/gateway/operations.ts';
import { SocketSession } from '../../src/gateway/session.ts';
import type { Accounts } from './accounts.ts';
import type { Link } from './link.ts';
import type { SimulatedNode } from './node.ts';

/** Frames without the header of RFC 6455: a line of JSON each. */
const bareFrames: FrameMaker = { kind: '', frame: (payload) => Buffer.from(`${Buffer.from(payload)}\n`) };

/**
 * The node's side of a socket, put together as `gateway/connection.ts` does from the same parts; only who is there and what the
 * verbs do comes from the model.
 */
export class NodeConnection implements Connection {
  readonly link: Link;
  readonly outbound: SocketSession;
  readonly #node: SimulatedNode;
  readonly #accounts: Accounts;
  readonly #operations: Operations;
  readonly #events: LiveEvents;
  readonly #heartbeat: Heartbeat;
  #session: Session | undefined;
  #awaitsParams = true;
  #resolveContext: (context: RequestContext) => void = () => {};

  constructor(node: SimulatedNode, link: Link, options: { pingEveryMs: number; random: () => number; accounts: Accounts }) {
    this.#node = node;
    this.#accounts = options.accounts;
    this.link = link;
    const ws = link.ws as unknown as WebSocket;
    this.outbound = new SocketSession({
      ws,
      wire: link.wire as unknown as Duplex,
      frames: bareFrames,
      flusher: node.flusher,
      emptyBatch: node.emptyBatch,
      onDrain: () => this.#operations.pump(),
    });
    const refuse = (id: OperationId | null, cause: unknown, path?: string) =>
      this.#answer(id, errorBody(node.services, 'somewhere', cause, path), 'ended');
    const context = new Promise<RequestContext>((resolve) => {
      this.#resolveContext = resolve;
    });
    this.#events = new LiveEvents({
      outbound: this.outbound,
      memberships: node.memberships,
      context,
      answer: (id, body, kind) => this.#answer(id, body, kind),
      refuse,
    });
    this.#operations = new Operations({
      ws,
      outbound: this.outbound,
      events: this.#events,
      calls: { run: (id, _, { path, input }) => this.#run(id, path, input, refuse) },
      // No subscription but the one to the events is played.
      handle: () => {},
      refuse,
    });
    this.#heartbeat = new Heartbeat({
      ping: () => ws.ping(),
      dead: () => {
        this.close('PING_TIMEOUT');
        ws.terminate();
      },
      listening: () => !this.#operations.isBusy,
      everyMs: options.pingEveryMs,
      random: options.random,
    });
    link.ws.on('message', (text: string) => this.#receive(text));
    link.ws.on('pong', () => {
      this.#heartbeat.alive();
      this.#operations.spend();
    });
    link.ws.once('close', () => this.#ended());
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error('not authenticated yet');
    return this.#session;
  }

  get suspect(): boolean {
    return this.#heartbeat.missed > 0;
  }

  get unanswered(): number {
    return this.#operations.unanswered;
  }

  close(name: CloseName): void {
    this.outbound.close(name);
  }

  askToReconnect(): void {
    this.outbound.respond('{"id":null,"method":"reconnect"}');
  }

  #receive(text: string): void {
    this.#heartbeat.alive();
    if (this.outbound.closedAs !== undefined) return;
    if (text === 'PING' || text === 'PONG') {
      if (this.#operations.spend() && text === 'PING') this.outbound.respond('PONG');
      return;
    }
    const message = JSON.parse(text) as object;
    if (this.#awaitsParams) this.#authenticate(message as { data?: { token?: string } });
    else this.#operations.take([message], text.length);
  }

  #authenticate({ data }: { data?: { token?: string } }): void {
    this.#awaitsParams = false;
    const session = this.#accounts.find(data?.token);
    if (session === undefined) {
      this.close('UNAUTHENTICATED');
      return;
    }
    this.#session = session;
    const refused = this.#node.hub.add(this);
    if (refused !== undefined) {
      this.#session = undefined;
      this.close(refused);
      return;
    }
    this.#resolveContext(this.#node.contextOf(session));
  }

  async #run(id: OperationId, path: string, input: unknown, refuse: Refuse): Promise<void> {
    try {
      if (this.#session === undefined) throw new AppError('UNAUTHENTICATED');
      const data = await this.#node.call(this.#session.userId, path, input);
      this.#answer(id, `"result":{"type":"data","data":${JSON.stringify(data) ?? 'null'}}`, 'ended');
    } catch (error) {
      refuse(id, error, path);
    }
  }

  #answer(id: OperationId | null, body: string, kind: AnswerKind): void {
    this.outbound.respond(answerText(id, body));
    this.#operations.answered(id, kind);
  }

  #ended(): void {
    this.#heartbeat.stop();
    this.#operations.close();
    this.#events.close();
    if (this.#session !== undefined) this.#node.hub.remove(this);
  }
}

type Refuse = (id: OperationId, cause: unknown, path: string) => void;
