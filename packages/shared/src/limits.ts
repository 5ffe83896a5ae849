/**
 * The bounds that anybody outside may meet, and those that several places share, in one table. What bounds the inside of a single
 * file is a constant there. A queue, a page, a text or a wait with neither has no business existing. Names carry their unit.
 * Each is a constant of its own, and not one of an object's: a browser carries those alone that it asks for.
 */

// People and what they say of themselves.
/** Characters of a user id: letters, digits, dot, underscore, at sign, hyphen. */
export const userIdMaxChars = 64;
export const displayNameMaxChars = 64;
export const bioMaxChars = 300;
export const passwordMinChars = 8;
export const passwordMaxChars = 256;
export const usersGetMax = 100;

// Sessions and what they get in by.
export const deviceNameMaxChars = 64;
export const sessionsMaxPerUser = 50;
export const accessTokenMs = 15 * 60_000;
/** The same refresh token presented again within this time by the same device is an honest race, not a theft. */
export const refreshGraceMs = 10_000;
/** A request may be so long on its way, in a node that stood still: a used refresh token that comes within it is refused, and proves nothing. */
export const refreshOnItsWayMs = 60_000;
export const sessionIdleMs = 60 * 24 * 3_600_000;
/** A session ends so long after its login, however often it is refreshed; the operator may set it. */
export const sessionMaxMs = 365 * 24 * 3_600_000;
/** A revocation that nothing brought is found at the latest by this. */
export const sessionsRecheckEveryMs = 60_000;

// Contacts, requests and blocks.
/** What a person may keep of others; all of it comes with a snapshot. */
export const contactsMaxPerUser = 3_000;
export const blocksMaxPerUser = 1_000;
/** Requests of one person that wait for an answer, and those that wait for theirs. */
export const contactRequestsMaxOutgoing = 100;
export const contactRequestsMaxIncoming = 500;
export const contactRequestMessageMaxChars = 200;
export const contactRemarkMaxChars = 64;
/** A request that nobody answers ends after this. */
export const contactRequestMs = 14 * 24 * 3_600_000;
/** Who was refused may ask again after this. */
export const contactRequestAgainMs = 24 * 3_600_000;

// What a message holds.
/** A text message in UTF-8. Small enough that a frame of one message never meets `frameMaxBytes`. */
export const messageTextMaxBytes = 16 * 1024;
/** Any content in JSON; a text has a bound of its own. */
export const messageContentMaxBytes = 16 * 1024;
export const mediaAddressMaxChars = 2_048;
export const mediaMaxPixels = 100_000;
export const mediaMaxDurationMs = 24 * 3_600_000;
export const fileNameMaxChars = 255;
export const captionMaxChars = 2_000;
export const customFallbackMaxChars = 200;
/** People whom one message speaks to by name. */
export const mentionsMaxPerMessage = 50;
/** Unread messages with a mention of oneself that a conversation shows: the newest. */
export const mentionsMaxShown = 100;

// What becomes of a message.
/** Times that one message can be edited; each wording is kept. */
export const messageEditsMax = 100;
/** Kinds of reactions to one message. */
export const reactionKindsMax = 20;
/** People that a kind of reaction names; of more it only has the number. */
export const reactionNamesMax = 50;
/** Messages pinned in one conversation. */
export const pinsMax = 50;
/** Messages, and conversations they go to, in one `messages.forward`. */
export const forwardMaxMessages = 100;
export const forwardMaxConversations = 10;
/** Conversations above it do not hear who read what, and receipts are counts. */
export const receiptsMaxMembers = 100;
/** How long messages that disappear may live. */
export const lifetimeMinMs = 1_000;
export const lifetimeMaxMs = 366 * 24 * 3_600_000;
/** Private mode: the time of what was read, but not to the sender's knowledge, starts for all so long after it was sent. */
export const privateSecretMaxMs = 14 * 24 * 3_600_000;
/** Messages whose time is over are looked for this often. */
export const expireEveryMs = 1_000;
/** Clocks of private mode that could not be started when something was read are tried again this often. */
export const startClocksEveryMs = 10_000;

// Groups.
export const groupMaxMembers = 500;
/** What a large group takes; the operator may set both numbers. */
export const groupLargeMaxMembers = 10_000;
/** Members named in one `groups.create`; more are invited afterwards. */
export const groupCreateMaxMembers = 200;
export const groupNameMaxChars = 80;
export const groupIntroductionMaxChars = 500;
export const groupAnnouncementMaxChars = 2_000;
/** Custom values of a group. */
export const groupFieldsMax = 16;
export const groupFieldMaxChars = 500;
/** What somebody writes to the admins when they apply. */
export const groupNoteMaxChars = 200;
export const groupKickMaxMembers = 50;
/** Owner included: each is told of every application. */
export const groupAdminsMax = 50;
/** Applications of one group that wait to be decided. */
export const groupRequestsMax = 1_000;
/** Links of one group that are good. */
export const groupLinksMax = 50;
export const groupLinkMaxMs = 365 * 24 * 3_600_000;
export const groupLinkMaxUses = 100_000;
export const muteMaxMs = 10 * 365 * 24 * 3_600_000;

// What a person sets of their own.
/** Chats that one person pins. */
export const pinnedMaxConversations = 50;
/** A draft that goes to the other devices, in bytes of its JSON. A longer one stays where it is written. */
export const draftMaxBytes = 4 * 1024;

// Presence and typing.
/** Users whose presence one connection watches. */
export const presenceWatchMax = 200;
/** Who has lost every connection counts as there for so long: a network that flaps is not told. */
export const presenceGraceMs = 30_000;
/** Who looks elsewhere counts as looking for so long: a page that is being closed or reloaded looks elsewhere for a moment. */
export const presenceAwayMs = 3_000;
/** A watcher hears of one user at most this often. */
export const presenceEveryMs = 2_000;
/** A node that has not renewed its sign of life for so long has crashed, and who was connected to it is offline. */
export const presenceNodeMaxMs = 30_000;
/** When people were last seen is written to the database in batches, at most this often. */
export const lastSeenEveryMs = 3 * 60_000;
/** Who types is said every three seconds while they do, and forgotten after this. */
export const typingFadeMs = 6_000;
/** Members up to which a conversation is told who types in it. */
export const typingMaxMembers = 100;

// The customer’s own server.
/** Users, messages or members named in one call of the customer's server. */
export const backendBatchMax = 100;
/** How long a ticket may be on its way from the customer's server to the browser of its user. */
export const ticketMs = 60_000;

// Pages and searches.
export const pageDefault = 50;
export const pageMax = 100;
/** Messages in a `reset` and in the first page of a conversation. */
export const latestPageMessages = 50;
export const searchQueryMaxChars = 64;
/** The last instant that anybody may name: the end of the year 9999. */
export const instantMax = 253_402_300_799_999;

// Synchronising.
/** Changes that `sync.changes` repairs one by one; a client further behind gets a `reset`. */
export const changesMax = 200;
/** Cursors in one `sync.resume`: as many as a frame holds. */
export const resumeMaxConversations = 500;
/** Conversations unknown to the client in one answer of `sync.resume`. */
export const resumeMaxAdded = 100;
/** Removed messages that one answer of `sync.resume` names; a client that missed more begins anew. */
export const resumeMaxRemoved = 2_000;
/** How long a client holds an event that came too early before it asks for what is missing. */
export const gapHoldMs = 500;
/** Cursors of a connected client are compared at most this far apart. */
export const positionsEveryMs = 20_000;
/** Conversations in one positions note; if more have moved it is a `resync` instead. */
export const positionsMaxConversations = 200;

// Calls.
/** Calls in one HTTP batch. The operations of one socket frame need no such bound: each waits its turn (`unansweredMaxOperations`). */
export const batchMaxCalls = 20;
/** Calls of one user that may be under way at once, sends aside; further ones wait. */
export const callsAtOncePerUser = 4;
/** So many wait, which eight full batches or eight busy sockets are; beyond it they are refused. */
export const callsWaitingMaxPerUser = 256;

// A socket, what comes in.
export const connectionsMaxPerUser = 20;
/** Sockets that have not said who they are yet, on the whole node and from one address, or one /64 of IPv6. */
export const unauthenticatedMax = 4_096;
export const unauthenticatedMaxPerAddress = 512;
export const authMaxMs = 5_000;
/** One frame from a client; a larger one closes the socket. */
export const frameMaxBytes = 64 * 1024;
/** Operations of one socket: a bucket this large … */
export const operationsBurstMax = 2_000;
/** … that fills this fast. Out of it an operation is refused; after as many refusals as the bucket holds the socket is closed. */
export const operationsPerSecond = 500;
/** Operations of one connection without an answer; above it the socket is not read until some are answered. */
export const unansweredMaxOperations = 32;
/** Wrong-shaped operations of one socket before it is closed with MALFORMED. */
export const malformedMax = 10;
/** Live subscriptions of one socket. */
export const subscriptionsMaxPerConnection = 8;

// A socket, what goes out.
/** Events of a busy socket are gathered for at most this long. */
export const gatherMaxMs = 20;
export const gatherLargeMaxMs = 50;
export const gatherLargeFromMembers = 5_000;
/** Frames below this are never compressed. */
export const compressFromBytes = 1024;
/** A frame of gathered events is cut above this; one event alone may be larger. */
export const outboundFrameBytes = 64 * 1024;
/** Outbound bytes of one socket above which signals are dropped. */
export const outboundSoftMaxBytes = 256 * 1024;
/** Outbound bytes above which the queue is forgotten and one `resync` is owed. */
export const outboundHardMaxBytes = 1024 * 1024;
/** Outbound bytes that nothing excuses, answers included: the socket is closed with SLOW_CONSUMER. */
export const outboundCeilingBytes = 8 * 1024 * 1024;
/** A dirty socket that has not drained after this long is closed with SLOW_CONSUMER. */
export const drainMaxMs = 15_000;

// A socket, how long it lives.
export const pingEveryMs = 25_000;
/** A socket lives so long at most: then it has to come anew, with an access token of that time. It is asked to beforehand. */
export const socketMaxMs = 60 * 60_000;
/** A socket whose peer does not answer the closing handshake is cut after this. */
export const closeMaxMs = 1_000;

// Sending, and between the nodes.
/** Sends that one lane commits together. */
export const laneBatchMaxMessages = 256;
export const laneBatchMaxBytes = 512 * 1024;
/** Predicted wait in a lane above which a send is refused with OVERLOADED. */
export const laneWaitMaxMs = 250;
/** How long a node holds what the bus brought too early before it reads what is missing from the database. */
export const busHoldMs = 100;
export const busHoldMaxMessages = 256;
/** The tail of the doorbells reads this often; this often while no bus carries messages between the nodes. */
export const doorbellTailEveryMs = 1_000;
export const doorbellTailAloneEveryMs = 250;
/** It leaves the bus this head start, and prunes what is older than it keeps. */
export const doorbellGraceMs = 100;
export const doorbellKeepMs = 10 * 60_000;
