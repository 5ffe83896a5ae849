import { bigint, customType, timestamp } from 'drizzle-orm/pg-core';

/** Seqs, changes and counts: far below 2^53, so a plain number on our side. */
export const counter = () => bigint({ mode: 'number' });

/** Every instant comes from the server's clock. */
export const instant = () => timestamp({ withTimezone: true, mode: 'date' });

/** SHA-256 of a secret. */
export const hash = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });

/** Seq ranges that a member may read, in Postgres' own notation: `{[1,5),[9,)}`. */
export const seqRanges = customType<{ data: string; driverData: string }>({ dataType: () => 'int8multirange' });

export const xid8 = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' });
