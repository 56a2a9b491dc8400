/** What is open, over all transports: how many may be, and which are closed by a rule that changes. */
import { closeCodes } from '../../shared/protocol/close-codes.ts'
import { limits } from '../../shared/protocol/limits.ts'
import { isAdmin } from '../../shared/rights.ts'
import type { IpBans } from '../auth/ip-bans.ts'
import type { Session } from '../auth/sessions.ts'
import type { Connection } from '../chat/contract.ts'
import type { Services } from '../commands/contract.ts'
import type { Config } from '../config.ts'
import { ConnectionSlots, type NoSlot } from '../rate-limit/connection-slots.ts'
import { networkOf } from '../rate-limit/network.ts'
import type { Share } from '../rate-limit/nodes/share.ts'
import { keyOf } from '../rate-limit/user-key.ts'

export const transports = ['websocket', 'event-stream', 'long-poll', 'socket-io'] as const

export type Transport = (typeof transports)[number]

/** One WebSocket, event stream, long poll or client of Socket.IO. */
export interface OpenConnection {
  readonly transport: Transport
  /** The client's address. */
  readonly address: string
  /** The network of that address, to which limits apply. */
  readonly network: string
  /** Undefined until its user is known. */
  readonly connection?: Connection | undefined
  close(code: number, reason: string): void
  terminate(): void
}

/** Why a user gets no further connection. */
export type UserRefusal = 'banned' | 'too-many-of-user'

interface Needs extends Pick<Services, 'hub' | 'log'> {
  ipBans: IpBans
  config: Config
  /** How limits hold over all nodes. */
  share: Share
}

export class OpenConnections {
  readonly #needs: Needs
  readonly #open = new Set<OpenConnection>()
  readonly #slots: ConnectionSlots<OpenConnection>
  /** For whom each is counted on other nodes. */
  readonly #owners = new Map<OpenConnection, string[]>()
  #isStopping = false
  #whenEmpty: (() => void) | undefined

  constructor(needs: Needs) {
    this.#needs = needs
    const { config, share } = needs
    const maxConnections = limits.maxConnectionsPerAddress
    const mayOpen = (network: string, here: number) =>
      !config.rateLimits || share.mayConnect(ownerOfNetwork(network), here, maxConnections)
    this.#slots = new ConnectionSlots(
      { total: config.maxConnections, mayOpen, ownPart: () => share.partOf(maxConnections) },
      (opened) => this.#giveWay(opened),
    )
  }

  /** Whether no further ones are accepted. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  refusalOf(address: string, session: Session): UserRefusal | undefined {
    const { config, hub, share } = this.#needs
    if (this.#isBanned(address, session)) return 'banned'
    const here = hub.connections.likeSession(session).length
    if (!config.rateLimits || share.mayConnect(keyOf(session), here, limits.maxConnectionsPerUser)) return undefined
    return 'too-many-of-user'
  }

  /** Looks for a place for one more, which is then added at once. @returns why there is none */
  findSlot(address: string, session: Session | undefined): NoSlot | undefined {
    return this.#slots.find(networkOf(address), session)
  }

  add(opened: OpenConnection, session: Session | undefined): void {
    this.#open.add(opened)
    this.#slots.add(opened, opened.network, session)
    this.#count(opened, session)
  }

  /** Counts a place for its user, who was not known when it was added. @returns why it cannot stay */
  addAgain(opened: OpenConnection, session: Session): NoSlot | undefined {
    this.#slots.remove(opened)
    const reason = this.#slots.find(opened.network, session)
    this.#slots.add(opened, opened.network, reason ? undefined : session)
    this.#count(opened, reason ? undefined : session)
    return reason
  }

  remove(opened: OpenConnection): void {
    this.#open.delete(opened)
    this.#slots.remove(opened)
    this.#uncount(opened)
    if (!this.#open.size) this.#whenEmpty?.()
  }

  /** How many are open over each transport, and how many of them read too slowly to be given more now. */
  count(): { open: Record<Transport, number>; slow: number } {
    const open = { websocket: 0, 'event-stream': 0, 'long-poll': 0, 'socket-io': 0 }
    let slow = 0
    for (const { transport, connection } of this.#open) {
      open[transport]++
      if (connection?.output.isBehind) slow++
    }
    return { open, slow }
  }

  /** Closes what is open from banned addresses. */
  closeBanned(): void {
    for (const { address, connection } of this.#open) {
      if (connection && this.#isBanned(address, connection.session)) connection.close(closeCodes.banned, 'Banned')
    }
  }

  /** Lets guests come back whose sessions could view public rooms before, or could not. @param canViewPublic whether they can now */
  renewGuests(canViewPublic: boolean): void {
    for (const { connection } of this.#open) {
      const isOutdated = connection?.session.role === 'guest' && connection.session.canViewPublic !== canViewPublic
      if (isOutdated) connection?.close(closeCodes.restart, 'Come back')
    }
  }

  /** Refuses all further ones. */
  refuse(): void {
    this.#isStopping = true
  }

  /** Closes what is open. Resolves when the last is closed: each transport ends those whose other side does not answer. */
  async close(): Promise<void> {
    this.#isStopping = true
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#whenEmpty = resolve
    for (const opened of this.#open) opened.close(closeCodes.restart, 'Restart')
    if (this.#open.size) await promise
  }

  /** For the other nodes, in place of what was counted for it before. */
  #count(opened: OpenConnection, session: Session | undefined): void {
    this.#uncount(opened)
    const owners = [ownerOfNetwork(opened.network), ...(session ? [keyOf(session)] : [])]
    this.#owners.set(opened, owners)
    for (const owner of owners) this.#needs.share.connected(owner, 1)
  }

  #uncount(opened: OpenConnection): void {
    for (const owner of this.#owners.get(opened) ?? []) this.#needs.share.connected(owner, -1)
    this.#owners.delete(opened)
  }

  #giveWay(opened: OpenConnection): void {
    const { address, connection } = opened
    this.#needs.log.event('connection-dropped', { reason: 'gave-way', address, user: connection?.user.id })
    if (connection) connection.close(closeCodes.gaveWay, 'Others need the place')
    else opened.terminate()
  }

  #isBanned(address: string, { role }: Session): boolean {
    return this.#needs.ipBans.has(address) && !isAdmin(role)
  }
}

function ownerOfNetwork(network: string): string {
  return `network ${network}`
}
