/** Limits of the protocol, and its constants. */
import { dayMs, hourMs } from '../durations.ts'

export const subprotocol = 'chat.v1'
export const lobby = 'lobby'
/** Where clients of Socket.IO connect; what they use unless told otherwise. */
export const socketIoPath = '/socket.io/'

export const limits = {
  maxFrameBytes: 32 * 1024,
  maxMessageCharacters: 4_000,
  maxNameCharacters: 32,
  maxRoomCharacters: 64,
  maxKeyCharacters: 64,
  /** Users in a `list`; in a room with more, `online` takes the place of `join` and `left`. */
  maxListedUsers: 200,
  entriesPerPage: 500,
  messagesPerPage: 50,
  maxPerPage: 1_000,
  maxConnectionsPerUser: 20,
  maxRoomsPerConnection: 200,
  maxRoomsPerUser: 1_000,
  /** The rooms that `welcome` names. */
  maxListedRooms: 200,
  /** Archived public rooms, besides those. */
  maxListedArchived: 50,
  /** By one user: those from whom they want no direct messages. */
  maxBlocked: 200,
  /** In a room to which a guest has added people, until one of them accepts; what is edited counts, too. */
  maxRequestMessages: 5,
  /** People whom one guest has added to rooms and who have not accepted. */
  maxRequestsByGuest: 30,
  /** Rooms to which guests have added one user who has not accepted, nor declined. */
  maxRequestsTo: 100,
  maxFilesPerMessage: 10,
  /** In the text that stands for a file. */
  maxAltCharacters: 1_000,
  /** Different ones on one message. */
  maxReactionsPerMessage: 20,
  /** On one message, by everybody together: every reader of the message loads all of them. */
  maxReactionsGiven: 10_000,
  /** In one room. */
  maxPins: 50,
  /** By one user. */
  maxSaved: 1_000,
  /** For a search. */
  maxQueryCharacters: 256,
  /** Its words and filters together; where words are written without spaces each character is one. */
  maxQueryTerms: 64,
  /** Its beginnings of words: the index lists all messages with any word that begins so before it finds the first. */
  maxQueryPrefixes: 4,
  /** In a room with more, only moderators mention everybody. */
  maxMembersForRoomMention: 20,
  /** A school is one address. */
  maxConnectionsPerAddress: 1_000,
  maxTopicCharacters: 300,
  /** Words of a user that notify them. */
  maxKeywords: 20,
  maxKeywordCharacters: 40,
  /** Browsers of a user to which notifications are pushed. */
  maxPushSubscriptions: 20,
  maxStatusCharacters: 80,
  /** The longest time after which a status ends by itself: a week. */
  maxStatusMs: 7 * dayMs,
  /** NIST SP 800-63B asks for no fewer. */
  minPasswordCharacters: 8,
  /** In a direct conversation, its creator included. */
  maxDirectPeople: 20,
  /** Users named in one `add` or `create`. */
  maxNamedUsers: 100,
  /** In one answer of `members`, `users`, `invites` or `audit`. */
  maxListedMembers: 200,
  /** The longest slow mode: an hour. */
  maxSlowMs: hourMs,
  /** The longest time for which one can be muted or banned without it being for ever: a year. */
  maxSanctionMs: 366 * dayMs,
  /** The longest life of an invitation, and how many may use it at most. */
  maxInviteMs: 366 * dayMs,
  maxInviteUses: 10_000,
} as const

/** The addresses of rooms that are not public begin with it: none of them is ever made by opening it. */
export const hiddenPrefix = '~'

export const heartbeatMs = 25_000
