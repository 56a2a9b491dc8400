import { dayMs, hourMs, secondMs } from '../../shared/durations.ts'
import { limits } from '../../shared/protocol/limits.ts'
import { addressKey } from '../../shared/protocol/notification-commands.ts'
import type { RoomKind } from '../../shared/protocol/types.ts'
import type { Viewer } from '../store/store.ts'
import { type Share, unshared } from './nodes/share.ts'
import { SharedTokenBuckets } from './nodes/shared-token-buckets.ts'
import { type Author, StorageQuota } from './storage-quota.ts'
import { type Rate, TokenBucket, TokenBuckets, takeOfAll } from './token-bucket.ts'
import { UploadQuota } from './upload-quota.ts'
import { keyOf } from './user-key.ts'

const writes: Rate = { burst: 10, perSecond: 2 }
/** Bots write steadily, and in a burst what has gathered. */
const writesOfBots: Rate = { burst: 20, perSecond: 1 }
const commands: Rate = { burst: 50, perSecond: 20 }
/** Asking costs little, and a large answer much: beyond the first bytes it counts like further commands. */
const cheapBytes = 16 * 1024
const commandBytes = 32 * 1024
/**
 * Refused commands, for each user over all their connections: an answer costs as much as what it refuses. Past this the connection
 * is closed, and with it whatever waits to be read.
 */
const refusals: Rate = { burst: 200, perSecond: 2 }
/** That somebody is writing, which is shown for 5 s; the page tells it each 3 s. */
const typings: Rate = { burst: 1, perSecond: 0.4 }
/** Moderation: a moderator who cleans up is fast. */
const moderation: Rate = { burst: 40, perSecond: 4 }
/** Changes of one's status: everybody who shares a room is told. */
const statuses: Rate = { burst: 10, perSecond: 1 / 10 }
/** Tests of notifications in browsers: each is a request to a push service. */
const pushTests: Rate = { burst: 5, perSecond: 1 / 20 }
/** Links that are mailed to a new address, for each user. */
const mailLinks: Rate = { burst: 5, perSecond: (5 * secondMs) / hourMs }
/** Links that are mailed to one address that is not confirmed, whoever asks: nobody is flooded with them. */
const mailLinksTo: Rate = { burst: 3, perSecond: secondMs / hourMs }
/** Links for a new password that are mailed to one address. Anybody may ask for them. */
const passwordMailsTo: Rate = { burst: 3, perSecond: (3 * secondMs) / hourMs }
/** Links of either kind that are asked for, for each network: a school is one. */
const mailsFrom: Rate = { burst: 30, perSecond: (30 * secondMs) / hourMs }
/** Rooms and conversations that are made. A guest needs a name only, so guests of one network together have a limit too. */
const newRooms = {
  account: { burst: 20, perSecond: 1 / 60 },
  guest: { burst: 3, perSecond: 1 / 600 },
  network: { burst: 30, perSecond: 1 / 60 },
} satisfies Record<string, Rate>
/** People whom guests add to rooms, for each network: a school of 1,000 is one. */
const requestsFrom: Rate = { burst: 300, perSecond: 1 / 12 }
/** Names that nobody had before, for each network: in a school of 1,000 everybody may take three on the first day. */
const newNames: Rate = { burst: 3_000, perSecond: (3_000 * secondMs) / dayMs }
/** New connections of one user. After a restart 20 tabs come back at once, perhaps twice. */
const newConnections: Rate = { burst: 40, perSecond: 1 }
/** Requests of any kind, files included, for each network: the first page takes about eight. A school is one network. */
const requests: Rate = { burst: 10_000, perSecond: 200 }
/** Pages and forms, for each user, and for each network. */
const pages = {
  user: { burst: 60, perSecond: 3 },
  bot: { burst: 100, perSecond: 10 },
  network: { burst: 3_000, perSecond: 60 },
} satisfies Record<string, Rate>
/** Upgrades that are refused, for each network. A page that is refused comes back ever later. */
const refusedUpgrades: Rate = { burst: 100, perSecond: 10 }
/** A school is one address. */
const signIns: Rate = { burst: 200, perSecond: 10 }

/** What is read for somebody, and what of it they are sent, in bytes: a page that comes back with fifty rooms reads one or two MiB. */
const reads = { user: perSecond(64, 4), network: perSecond(1024, 64) }
/**
 * A user who has read less than that lately is not refused because of others at their network: a few people
 * with programs must not keep a school from coming in.
 */
const quietReadBytes = 16 * 2 ** 20

function perSecond(burstMiB: number, mib: number): Rate {
  return { burst: burstMiB * 2 ** 20, perSecond: mib * 2 ** 20 }
}

/** How fast anybody may go. Each method answers 0, or in how many milliseconds the next one is allowed. */
export interface Limiter {
  /** What changes a room, for each user in each room. */
  write(who: Who, room: string): number
  /** That somebody is writing, for each user in each room. */
  typing(who: Who, room: string): number
  /** Whether a user may open another room. @param open counts those that they have open, over all connections */
  mayOpen(open: () => number): boolean
  /** Rooms made, for each user, and, but for conversations, for all guests of a network. */
  newRoom(author: Author, kind: RoomKind): number
  /** People whom somebody adds to a room: a limit for all guests of a network. */
  requests(author: Author, people: number): number
  /** It was there already. */
  madeNoRoom(author: Author, kind: RoomKind): void
  /** Names that nobody had before, for each network. */
  newName(network: string): number
  /** What is stored. @returns gives it back, for what was not stored after all @throws ChatError `too-fast` */
  store(author: Author, bytes: number): () => void
  /** Files: what of them is announced, and what is sent. */
  files: Pick<UploadQuota, 'announce' | 'send'>
  /** Takes account of what was stored, be it more than the author may store: they wait before they store more. */
  hasStored(author: Author, bytes: number): void
  /** What is read, over all connections and pages of a user, and of a network: in how many milliseconds it may go on. */
  read(who: Who, network: string): number
  /** Takes account of what was read. */
  hasRead(who: Who, network: string, bytes: number): void
  /** Moderation, for each user. */
  moderate(who: Who): number
  /** Changes of a status, for each user. */
  status(who: Who): number
  /** Tests of notifications, for each user. */
  pushTest(who: Who): number
  /** Links that verify an address for email, for each user, network and address. */
  mailLink(who: Who, network: string, address: string): number
  /** Links for a new password that are asked for, for each network. */
  passwordMail(network: string): number
  /** Those that are mailed, for each address. */
  passwordMailTo(address: string): number
  /** Sign-ins, for each network (`networkOf`). */
  signIn(network: string): number
  /** Requests of any kind, for those of a network who have a session, and for the others there. */
  request(network: string, who: Who | undefined): number
  /** Pages and forms, for each user, and for those of a network who have a session, and for the others there. */
  page(network: string, who: Who | undefined): number
  /** Upgrades that are refused, for each network. */
  refuse(network: string): number
  /** New connections, for each user. */
  connect(who: Who): number
  /** @param owner whose refusals count together: a user, or the network of a client without a session */
  forConnection(owner: string): ConnectionLimits
}

/** Sessions that are not verified must not use up the limits of the guest: they share limits of their own. */
type Who = Pick<Viewer, 'user' | 'isVerified'>

export interface ConnectionLimits {
  /** Everything that is not a write. */
  command(): number
  /** Takes account of what a command was answered with. @returns whether it was much */
  answered(bytes: number): boolean
  refusal(): number
}

/** @param share how the limits that protect others hold over all nodes */
export function createLimiter(isOn: boolean, share: Share = unshared): Limiter {
  if (!isOn) return unlimited
  const buckets = createBuckets(share)
  return {
    write: (who, room) => (who.user.bot ? buckets.writingAsBot : buckets.writing).take(`${keyOf(who)} ${room}`),
    typing: (who, room) => buckets.typing.take(`${keyOf(who)} ${room}`),
    mayOpen: (open) => open() < limits.maxRoomsPerUser,
    newRoom({ session, network }, kind) {
      if (session.role !== 'guest') return buckets.newRooms.take(keyOf(session))
      // Requests have limits of their own. Many new rooms must not keep others from starting conversations.
      if (kind === 'direct') return buckets.newRoomsOfGuest.take(keyOf(session))
      return takeOfAll([buckets.newRoomsOfGuest, keyOf(session)], [buckets.newRoomsFrom, network])
    },
    requests({ session, network }, people) {
      if (session.role !== 'guest') return 0
      const waitMs = buckets.requestsByGuests.waitMs(network, people)
      if (!waitMs) buckets.requestsByGuests.spend(network, people)
      return waitMs
    },
    madeNoRoom({ session, network }, kind) {
      if (session.role !== 'guest') return buckets.newRooms.give(keyOf(session))
      buckets.newRoomsOfGuest.give(keyOf(session))
      if (kind !== 'direct') buckets.newRoomsFrom.give(network)
    },
    newName: (network) => buckets.newNames.take(network),
    store: (author, bytes) => buckets.quota.take(keyOf(author.session), author, bytes),
    files: new UploadQuota(),
    hasStored: (author, bytes) => buckets.quota.charge(keyOf(author.session), author, bytes),
    read(who, network) {
      const isQuiet = buckets.reading.waitMs(keyOf(who), reads.user.burst - quietReadBytes) === 0
      return buckets.reading.waitMs(keyOf(who)) || (isQuiet ? 0 : buckets.readingFrom.waitMs(network))
    },
    hasRead(who, network, bytes) {
      buckets.reading.spend(keyOf(who), bytes)
      buckets.readingFrom.spend(network, bytes)
    },
    moderate: (who) => buckets.moderating.take(keyOf(who)),
    status: (who) => buckets.status.take(keyOf(who)),
    pushTest: (who) => buckets.pushTest.take(keyOf(who)),
    mailLink: (who, network, address) => takeMailLink(buckets, keyOf(who), network, addressKey(address)),
    passwordMail: (network) => buckets.mailingFrom.take(network),
    passwordMailTo: (address) => buckets.passwordMailTo.take(addressKey(address)),
    signIn: (network) => buckets.signIns.take(network),
    request: (network, who) => buckets.requests.take(groupIn(network, who)),
    page(network, who) {
      const group = groupIn(network, who)
      // A user is not charged for what others of their network have used up.
      return (
        buckets.pagesFrom.waitMs(group) ||
        (who ? (who.user.bot ? buckets.pagesOfBots : buckets.pages).take(keyOf(who)) : 0) ||
        buckets.pagesFrom.take(group)
      )
    },
    refuse: (network) => buckets.refusingUpgrades.take(network),
    connect: (who) => buckets.connecting.take(keyOf(who)),
    forConnection: (owner) => new ConnectionBuckets(() => buckets.refusing.take(owner)),
  }
}

function takeMailLink(buckets: ReturnType<typeof createBuckets>, user: string, network: string, to: string): number {
  return takeOfAll([buckets.mailLink, user], [buckets.mailLinkTo, to], [buckets.mailingFrom, network])
}

function createBuckets(share: Share) {
  const overNodes = (rate: Rate, name: string) => new SharedTokenBuckets(rate, name, share)
  return {
    writing: overNodes(writes, 'writing'),
    writingAsBot: overNodes(writesOfBots, 'writing as bot'),
    typing: new TokenBuckets<string>(typings),
    newRooms: new TokenBuckets<string>(newRooms.account),
    newRoomsOfGuest: new TokenBuckets<string>(newRooms.guest),
    newRoomsFrom: new TokenBuckets<string>(newRooms.network),
    requestsByGuests: new TokenBuckets<string>(requestsFrom),
    newNames: new TokenBuckets<string>(newNames),
    quota: new StorageQuota(),
    moderating: overNodes(moderation, 'moderating'),
    status: new TokenBuckets<string>(statuses),
    pushTest: new TokenBuckets<string>(pushTests),
    mailLink: overNodes(mailLinks, 'mail links'),
    mailLinkTo: overNodes(mailLinksTo, 'mail links to'),
    passwordMailTo: overNodes(passwordMailsTo, 'password mails to'),
    mailingFrom: overNodes(mailsFrom, 'mails from'),
    signIns: overNodes(signIns, 'sign-ins'),
    requests: new TokenBuckets<string>(requests),
    pages: new TokenBuckets<string>(pages.user),
    pagesOfBots: new TokenBuckets<string>(pages.bot),
    pagesFrom: new TokenBuckets<string>(pages.network),
    refusingUpgrades: new TokenBuckets<string>(refusedUpgrades),
    connecting: overNodes(newConnections, 'connecting'),
    refusing: new TokenBuckets<string>(refusals),
    reading: new TokenBuckets<string>(reads.user),
    readingFrom: new TokenBuckets<string>(reads.network),
  }
}

/** Anybody can ask without a session, as often as they like: that keeps nobody out who has one. */
function groupIn(network: string, who: Who | undefined): string {
  return who ? `${network} with a session` : network
}

class ConnectionBuckets implements ConnectionLimits {
  readonly #commands = new TokenBucket(commands)
  /** Takes account of a refusal. */
  readonly refusal: () => number

  constructor(refusal: () => number) {
    this.refusal = refusal
  }

  command(): number {
    return this.#commands.take()
  }

  answered(bytes: number): boolean {
    if (bytes <= cheapBytes) return false
    this.#commands.spend((bytes - cheapBytes) / commandBytes)
    return true
  }
}

const unlimitedConnection: ConnectionLimits = { command: () => 0, answered: () => false, refusal: () => 0 }

const unlimited: Limiter = {
  write: () => 0,
  typing: () => 0,
  mayOpen: () => true,
  newRoom: () => 0,
  requests: () => 0,
  madeNoRoom: () => {},
  newName: () => 0,
  store: () => () => {},
  files: { announce: () => () => {}, send: () => ({ came: () => {}, end: () => {} }) },
  hasStored: () => {},
  read: () => 0,
  hasRead: () => {},
  moderate: () => 0,
  status: () => 0,
  pushTest: () => 0,
  mailLink: () => 0,
  passwordMail: () => 0,
  passwordMailTo: () => 0,
  signIn: () => 0,
  request: () => 0,
  page: () => 0,
  refuse: () => 0,
  connect: () => 0,
  forConnection: () => unlimitedConnection,
}
