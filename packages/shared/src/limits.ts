/**
 * The bounds that anybody outside may meet, and those that several places share, in one table. What bounds the inside of a single
 * file is a constant there. A queue, a page, a text or a wait with neither has no business existing. Names carry their unit.
 */
export const limits = {
  // People and what they say of themselves.
  /** Characters of a user id: letters, digits, dot, underscore, at sign, hyphen. */
  userIdMaxChars: 64,
  displayNameMaxChars: 64,
  bioMaxChars: 300,
  passwordMinChars: 8,
  passwordMaxChars: 256,
  usersGetMax: 100,

  // Sessions and what they get in by.
  deviceNameMaxChars: 64,
  sessionsMaxPerUser: 50,
  accessTokenMs: 15 * 60_000,
  /** The same refresh token presented again within this time by the same device is an honest race, not a theft. */
  refreshGraceMs: 10_000,
  /** A request may be so long on its way, in a node that stood still: a used refresh token that comes within it is refused, and proves nothing. */
  refreshOnItsWayMs: 60_000,
  sessionIdleMs: 60 * 24 * 3_600_000,
  /** A session ends so long after its login, however often it is refreshed; the operator may set it. */
  sessionMaxMs: 365 * 24 * 3_600_000,
  /** A revocation that nothing brought is found at the latest by this. */
  sessionsRecheckEveryMs: 60_000,

  // Contacts, requests and blocks.
  /** What a person may keep of others; all of it comes with a snapshot. */
  contactsMaxPerUser: 3_000,
  blocksMaxPerUser: 1_000,
  /** Requests of one person that wait for an answer, and those that wait for theirs. */
  contactRequestsMaxOutgoing: 100,
  contactRequestsMaxIncoming: 500,
  contactRequestMessageMaxChars: 200,
  contactRemarkMaxChars: 64,
  /** A request that nobody answers ends after this. */
  contactRequestMs: 14 * 24 * 3_600_000,
  /** Who was refused may ask again after this. */
  contactRequestAgainMs: 24 * 3_600_000,

  // What a message holds.
  /** A text message in UTF-8. Small enough that a frame of one message never meets `frameMaxBytes`. */
  messageTextMaxBytes: 16 * 1024,
  /** Any content in JSON; a text has a bound of its own. */
  messageContentMaxBytes: 16 * 1024,
  mediaAddressMaxChars: 2_048,
  mediaMaxPixels: 100_000,
  mediaMaxDurationMs: 24 * 3_600_000,
  fileNameMaxChars: 255,
  captionMaxChars: 2_000,
  customFallbackMaxChars: 200,
  /** People whom one message speaks to by name. */
  mentionsMaxPerMessage: 50,
  /** Unread messages with a mention of oneself that a conversation shows: the newest. */
  mentionsMaxShown: 100,

  // What becomes of a message.
  /** Times that one message can be edited; each wording is kept. */
  messageEditsMax: 100,
  /** Kinds of reactions to one message. */
  reactionKindsMax: 20,
  /** People that a kind of reaction names; of more it only has the number. */
  reactionNamesMax: 50,
  /** Messages pinned in one conversation. */
  pinsMax: 50,
  /** Messages, and conversations they go to, in one `messages.forward`. */
  forwardMaxMessages: 100,
  forwardMaxConversations: 10,
  /** Conversations above it do not hear who read what, and receipts are counts. */
  receiptsMaxMembers: 100,
  /** How long messages that disappear may live. */
  lifetimeMinMs: 1_000,
  lifetimeMaxMs: 366 * 24 * 3_600_000,
  /** Private mode: the time of what was read, but not to the sender's knowledge, starts for all so long after it was sent. */
  privateSecretMaxMs: 14 * 24 * 3_600_000,
  /** Messages whose time is over are looked for this often. */
  expireEveryMs: 1_000,
  /** Clocks of private mode that could not be started when something was read are tried again this often. */
  startClocksEveryMs: 10_000,

  // Groups.
  groupMaxMembers: 500,
  /** What a large group takes; the operator may set both numbers. */
  groupLargeMaxMembers: 10_000,
  /** Members named in one `groups.create`; more are invited afterwards. */
  groupCreateMaxMembers: 200,
  groupNameMaxChars: 80,
  groupIntroductionMaxChars: 500,
  groupAnnouncementMaxChars: 2_000,
  /** Custom values of a group. */
  groupFieldsMax: 16,
  groupFieldMaxChars: 500,
  /** What somebody writes to the admins when they apply. */
  groupNoteMaxChars: 200,
  groupKickMaxMembers: 50,
  /** Owner included: each is told of every application. */
  groupAdminsMax: 50,
  /** Applications of one group that wait to be decided. */
  groupRequestsMax: 1_000,
  /** Links of one group that are good. */
  groupLinksMax: 50,
  groupLinkMaxMs: 365 * 24 * 3_600_000,
  groupLinkMaxUses: 100_000,
  muteMaxMs: 10 * 365 * 24 * 3_600_000,

  // What a person sets of their own.
  /** Chats that one person pins. */
  pinnedMaxConversations: 50,
  /** A draft that goes to the other devices, in bytes of its JSON. A longer one stays where it is written. */
  draftMaxBytes: 4 * 1024,

  // Presence and typing.
  /** Users whose presence one connection watches. */
  presenceWatchMax: 200,
  /** Who has lost every connection counts as there for so long: a network that flaps is not told. */
  presenceGraceMs: 30_000,
  /** Who looks elsewhere counts as looking for so long: a page that is being closed or reloaded looks elsewhere for a moment. */
  presenceAwayMs: 3_000,
  /** A watcher hears of one user at most this often. */
  presenceEveryMs: 2_000,
  /** A node that has not renewed its sign of life for so long has crashed, and who was connected to it is offline. */
  presenceNodeMaxMs: 30_000,
  /** When people were last seen is written to the database in batches, at most this often. */
  lastSeenEveryMs: 3 * 60_000,
  /** Who types is said every three seconds while they do, and forgotten after this. */
  typingFadeMs: 6_000,
  /** Members up to which a conversation is told who types in it. */
  typingMaxMembers: 100,

  // The customer’s own server.
  /** Users, messages or members named in one call of the customer's server. */
  backendBatchMax: 100,
  /** How long a ticket may be on its way from the customer's server to the browser of its user. */
  ticketMs: 60_000,

  // Pages and searches.
  pageDefault: 50,
  pageMax: 100,
  /** Messages in a `reset` and in the first page of a conversation. */
  latestPageMessages: 50,
  searchQueryMaxChars: 64,
  /** The last instant that anybody may name: the end of the year 9999. */
  instantMax: 253_402_300_799_999,

  // Synchronising.
  /** Changes that `sync.changes` repairs one by one; a client further behind gets a `reset`. */
  changesMax: 200,
  /** Cursors in one `sync.resume`: as many as a frame holds. */
  resumeMaxConversations: 500,
  /** Conversations unknown to the client in one answer of `sync.resume`. */
  resumeMaxAdded: 100,
  /** Removed messages that one answer of `sync.resume` names; a client that missed more begins anew. */
  resumeMaxRemoved: 2_000,
  /** How long a client holds an event that came too early before it asks for what is missing. */
  gapHoldMs: 500,
  /** Cursors of a connected client are compared at most this far apart. */
  positionsEveryMs: 20_000,
  /** Conversations in one positions note; if more have moved it is a `resync` instead. */
  positionsMaxConversations: 200,

  // Calls.
  /** Calls in one HTTP batch. The operations of one socket frame need no such bound: each waits its turn (`unansweredMaxOperations`). */
  batchMaxCalls: 20,
  /** Calls of one user that may be under way at once, sends aside; further ones wait. */
  callsAtOncePerUser: 4,
  /** So many wait, which eight full batches or eight busy sockets are; beyond it they are refused. */
  callsWaitingMaxPerUser: 256,

  // A socket, what comes in.
  connectionsMaxPerUser: 20,
  /** Sockets that have not said who they are yet, on the whole node and from one address, or one /64 of IPv6. */
  unauthenticatedMax: 4_096,
  unauthenticatedMaxPerAddress: 512,
  authMaxMs: 5_000,
  /** One frame from a client; a larger one closes the socket. */
  frameMaxBytes: 64 * 1024,
  /** Operations of one socket: a bucket this large … */
  operationsBurstMax: 2_000,
  /** … that fills this fast. Out of it an operation is refused; after as many refusals as the bucket holds the socket is closed. */
  operationsPerSecond: 500,
  /** Operations of one connection without an answer; above it the socket is not read until some are answered. */
  unansweredMaxOperations: 32,
  /** Wrong-shaped operations of one socket before it is closed with MALFORMED. */
  malformedMax: 10,
  /** Live subscriptions of one socket. */
  subscriptionsMaxPerConnection: 8,

  // A socket, what goes out.
  /** Events of a busy socket are gathered for at most this long. */
  gatherMaxMs: 20,
  gatherLargeMaxMs: 50,
  gatherLargeFromMembers: 5_000,
  /** Frames below this are never compressed. */
  compressFromBytes: 1024,
  /** A frame of gathered events is cut above this; one event alone may be larger. */
  outboundFrameBytes: 64 * 1024,
  /** Outbound bytes of one socket above which signals are dropped. */
  outboundSoftMaxBytes: 256 * 1024,
  /** Outbound bytes above which the queue is forgotten and one `resync` is owed. */
  outboundHardMaxBytes: 1024 * 1024,
  /** Outbound bytes that nothing excuses, answers included: the socket is closed with SLOW_CONSUMER. */
  outboundCeilingBytes: 8 * 1024 * 1024,
  /** A dirty socket that has not drained after this long is closed with SLOW_CONSUMER. */
  drainMaxMs: 15_000,

  // A socket, how long it lives.
  pingEveryMs: 25_000,
  /** A socket lives so long at most: then it has to come anew, with an access token of that time. It is asked to beforehand. */
  socketMaxMs: 60 * 60_000,
  /** A socket whose peer does not answer the closing handshake is cut after this. */
  closeMaxMs: 1_000,

  // Sending, and between the nodes.
  /** Sends that one lane commits together. */
  laneBatchMaxMessages: 256,
  laneBatchMaxBytes: 512 * 1024,
  /** Predicted wait in a lane above which a send is refused with OVERLOADED. */
  laneWaitMaxMs: 250,
  /** How long a node holds what the bus brought too early before it reads what is missing from the database. */
  busHoldMs: 100,
  busHoldMaxMessages: 256,
  /** The tail of the doorbells reads this often; this often while no bus carries messages between the nodes. */
  doorbellTailEveryMs: 1_000,
  doorbellTailAloneEveryMs: 250,
  /** It leaves the bus this head start, and prunes what is older than it keeps. */
  doorbellGraceMs: 100,
  doorbellKeepMs: 10 * 60_000,
} as const;
