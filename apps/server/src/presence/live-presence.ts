import { type BusMessage, type BusSubject, mayLook, readPresenceViews, type Services } from '@nexo/api';
import type { DoorbellHeads } from '@nexo/db';
import type { PresenceView } from '@nexo/shared';
import type { Connection, Hub } from '../gateway/hub.ts';
import { HeardChanges } from './heard-changes.ts';
import { LastSeen } from './last-seen.ts';
import { PresenceHere } from './presence-here.ts';
import { PresenceWatchers } from './presence-watchers.ts';

export interface LivePresenceOptions {
  hub: Hub;
  services: Pick<Services, 'db' | 'presence' | 'typingReach' | 'clock' | 'log'>;
  graceMs?: number;
  everyMs?: number;
}

/** Presence as far as connections are concerned: those of this node are told to all nodes, and watchers here hear of everybody's. */
export interface LivePresence {
  /** A user's connections here are others now, or are looked at otherwise. */
  connectionsChanged(userId: string): void;
  /** Makes the connections watch these users and nobody else. Answers how they are now, as the viewer may see it. */
  watch(viewerId: string, connections: readonly Connection[], userIds: readonly string[]): Promise<PresenceView[]>;
  /** The connection is gone and watches nobody any more. */
  forget(connection: Connection): void;
  /** Whether a message about this may concern somebody who is watched here, or who watches. */
  wants(subject: BusSubject): boolean;
  hear(messages: readonly BusMessage[]): void;
  /** Whether one of these changes, which the doorbells know, was not heard although it may be about who sees whom here. */
  isMissed(changes: DoorbellHeads['users']): boolean;
  /** Looks anew at the rights that those of these changes may be about which were not heard. */
  repair(changes: DoorbellHeads['users']): void;
  /** Something may not have been heard. */
  distrust(): void;
  /** Writes down when those who have gone were last seen. */
  noteLastSeen(): Promise<void>;
  close(): Promise<void>;
}

export function createLivePresence(options: LivePresenceOptions): LivePresence {
  const { hub, services } = options;
  const { clock, log, presence: store, typingReach } = services;
  const lastSeen = new LastSeen(services.db.sql);
  const here = new PresenceHere({
    ...{ hub, store, lastSeen, clock },
    ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
  });
  const watchers = new PresenceWatchers({
    readViews: (userIds) => readPresenceViews(services, userIds),
    mayLook: (pairs) => mayLook(services.db.sql, pairs),
    isHere: (connection) => hub.has(connection),
    ...{ clock, log },
    ...(options.everyMs === undefined ? {} : { everyMs: options.everyMs }),
  });
  const heard = new HeardChanges();
  /** Whether rights here depend on what this user settles: to see who is there, or who types. */
  const matters = (userId: string) =>
    watchers.isWatched(userId) ||
    typingReach.hangsOn(userId) ||
    [...(hub.user(userId)?.connections ?? [])].some((connection) => watchers.isWatching(connection));
  const isMissed = ({ id, change }: DoorbellHeads['users'][number]) => matters(id) && !heard.has(id, change);
  const stopHearing = store.subscribe((change) => watchers.changed(change));

  return {
    connectionsChanged: (userId) => here.look(userId),
    watch: (viewerId, connections, userIds) => watchers.watch(viewerId, connections, userIds),
    forget: (connection) => watchers.forget(connection),
    wants: ({ kind, id }) => kind === 'user' && matters(id),
    hear(messages) {
      for (const message of messages) {
        if (message.kind !== 'user' || !matters(message.userId)) continue;
        heard.note(message.userId, message.change);
        for (const event of message.events) {
          if (event.type === 'me.profile') watchers.audienceChanged(message.userId, event.user.presenceVisibleTo);
          else if (event.type === 'me.contact' || event.type === 'me.block') watchers.audienceChanged(message.userId);
        }
      }
    },
    isMissed: (changes) => changes.some(isMissed),
    repair(changes) {
      for (const missed of changes.filter(isMissed)) {
        heard.note(missed.id, missed.change);
        watchers.audienceChanged(missed.id);
        typingReach.distrust(missed.id);
      }
    },
    distrust() {
      watchers.distrust();
      typingReach.distrust();
    },
    noteLastSeen: () => lastSeen.write(),
    async close() {
      stopHearing();
      watchers.close();
      here.close();
      await lastSeen.write().catch((error: unknown) => log.warn({ error }, 'when people were last seen could not be written'));
    },
  };
}
