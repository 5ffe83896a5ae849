import type { Bus, BusMessage } from '@nexo/api';
import type { Random } from './random.ts';
import type { Actor, Scheduler } from './scheduler.ts';

type Listener = (messages: readonly BusMessage[]) => void;

/** What the medium between the nodes does to messages. */
export interface BusWeather {
  loss: number;
  repeat: number;
  delayMaxMs: number;
  /** A node hears even itself only through the medium. */
  hearsItselfThroughMedium: boolean;
}

/**
 * The medium between the nodes: from one node to another messages stay in order, and may be lost, come twice or come late; those
 * of different nodes overtake each other.
 */
export class BusMedium {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #weather: BusWeather;
  readonly #buses = new Set<ModelBus>();
  /** When the last message from one to another arrives. */
  readonly #arrivals = new Map<string, number>();
  readonly #away = new Set<string>();

  constructor(scheduler: Scheduler, random: Random, weather: BusWeather) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#weather = weather;
  }

  bus(actor: Actor, node: string): ModelBus {
    const bus = new ModelBus(this, actor, node);
    this.#buses.add(bus);
    return bus;
  }

  remove(bus: ModelBus): void {
    this.#buses.delete(bus);
  }

  /** This node neither says nor hears anything over the medium. */
  cutOff(node: string): void {
    this.#away.add(node);
  }

  letIn(node: string): void {
    this.#away.delete(node);
  }

  /** From now on it does nothing but carry. */
  calm(): void {
    this.#away.clear();
    Object.assign(this.#weather, { loss: 0, repeat: 0 });
  }

  carry(from: ModelBus, messages: readonly BusMessage[]): void {
    for (const to of this.#buses) {
      if (to === from && !this.#weather.hearsItselfThroughMedium) {
        this.#scheduler.after(to.actor, 0, 'hears itself', () => to.hear(messages));
        continue;
      }
      if (this.#away.has(from.node) || this.#away.has(to.node) || this.#random.chance(this.#weather.loss)) {
        this.#scheduler.note(`bus: lost from ${from.node} to ${to.node}`);
        continue;
      }
      const times = this.#random.chance(this.#weather.repeat) ? 2 : 1;
      for (let time = 0; time < times; time++) this.#deliver(from, to, messages);
    }
  }

  #deliver(from: ModelBus, to: ModelBus, messages: readonly BusMessage[]): void {
    const way = `${from.node} ${to.node}`;
    const delayMs = this.#random() * (this.#random.chance(0.1) ? this.#weather.delayMaxMs : this.#weather.delayMaxMs / 20);
    const atMs = Math.max(this.#arrivals.get(way) ?? 0, this.#scheduler.nowMs + delayMs);
    this.#arrivals.set(way, atMs);
    this.#scheduler.after(to.actor, atMs - this.#scheduler.nowMs, `hears ${from.node}`, () => to.hear(messages));
  }
}

/** The bus as one node sees it. */
export class ModelBus implements Bus {
  readonly actor: Actor;
  readonly node: string;
  /** The tail looks equally often all the time: how often is the story's business. */
  readonly carries = false;
  readonly #medium: BusMedium;
  readonly #listeners = new Set<Listener>();

  constructor(medium: BusMedium, actor: Actor, node: string) {
    this.#medium = medium;
    this.actor = actor;
    this.node = node;
  }

  publish(messages: readonly BusMessage[]): void {
    if (messages.length > 0) this.#medium.carry(this, messages);
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onCarries(): () => void {
    return () => {};
  }

  hear(messages: readonly BusMessage[]): void {
    for (const listener of this.#listeners) listener(messages);
  }

  async close(): Promise<void> {
    this.#medium.remove(this);
    this.#listeners.clear();
  }
}
