/**
 * Which connections may stay open. Each network and the server have a maximum. If connections were accepted in the order in which
 * people come, one person with a program would keep everybody else out. So when none is left, the connection with the least claim is closed:
 * those without a session, then those who have only typed a guest's name, then guests, then accounts; of the same kind, the owner with
 * the most sockets. Over several nodes each closes its own only, so an account is let in where the others have taken the
 * places of its network, within the part of this node.
 */
import type { Session } from '../auth/sessions.ts'
import { keyOf } from './user-key.ts'

export interface SlotLimits {
  total: number
  /** Whether a network that has so many connections here may open one more. */
  mayOpen(network: string, here: number): boolean
  /** How many of a network an account may have opened here whatever is open on other nodes. */
  ownPart(): number
}

export type NoSlot = 'server-full' | 'too-many-of-network'

interface Slot {
  network: string
  claim: number
  /** Undefined for those without a session. */
  owner: string | undefined
}

export class ConnectionSlots<Socket extends object> {
  readonly #limits: SlotLimits
  readonly #slots = new Map<Socket, Slot>()
  readonly #networks = new Map<string, Set<Socket>>()
  /** How many each owner has. */
  readonly #owners = new Map<string, number>()
  readonly #giveWay: (socket: Socket) => void

  /** @param giveWay closes a socket whose place another needs */
  constructor(limits: SlotLimits, giveWay: (socket: Socket) => void) {
    this.#limits = limits
    this.#giveWay = giveWay
  }

  /** Looks for a place for one more. @returns why there is none, when nobody has to give way */
  find(network: string, session: Session | undefined): NoSlot | undefined {
    const sameNetwork = this.#networks.get(network)
    const here = sameNetwork?.size ?? 0
    const isFull = !this.#limits.mayOpen(network, here)
    const isLetIn = () => claimOf(session) === accountClaim && here < this.#limits.ownPart()
    if (isFull && !this.#makeRoom(sameNetwork ?? [], session) && !isLetIn()) return 'too-many-of-network'
    if (this.#slots.size >= this.#limits.total && !this.#makeRoom(this.#slots.keys(), session)) return 'server-full'
    return undefined
  }

  add(socket: Socket, network: string, session: Session | undefined): void {
    const owner = session && keyOf(session)
    this.#slots.set(socket, { network, claim: claimOf(session), owner })
    this.#networks.set(network, (this.#networks.get(network) ?? new Set()).add(socket))
    if (owner !== undefined) this.#owners.set(owner, this.#countOf(owner) + 1)
  }

  /** Removing what is not there changes nothing. */
  remove(socket: Socket): void {
    const slot = this.#slots.get(socket)
    if (!slot) return
    const { network, owner } = slot
    this.#slots.delete(socket)
    const sameNetwork = this.#networks.get(network)
    sameNetwork?.delete(socket)
    if (!sameNetwork?.size) this.#networks.delete(network)
    if (owner === undefined) return
    const left = this.#countOf(owner) - 1
    if (left) this.#owners.set(owner, left)
    else this.#owners.delete(owner)
  }

  #makeRoom(sockets: Iterable<Socket>, session: Session | undefined): boolean {
    // No connection is closed for one without a session: anybody can open those, as often as they like.
    if (!session) return false
    const last = this.#lastOf(sockets)
    if (!last) return false
    const own = { claim: claimOf(session), count: this.#countOf(keyOf(session)) }
    const { claim, count } = this.#claimAndCount(last)
    // Two owners with the same claim could otherwise replace each other in turn.
    if (claim > own.claim || (claim === own.claim && count <= own.count + 1)) return false
    // Now, not when it is closed: the other side may take its time.
    this.remove(last)
    this.#giveWay(last)
    return true
  }

  /** The connection with the least claim; of the same claim that of the owner with most; of the same owner the oldest. */
  #lastOf(sockets: Iterable<Socket>): Socket | undefined {
    let last: Socket | undefined
    let lowest = { claim: Number.POSITIVE_INFINITY, count: 0 }
    for (const socket of sockets) {
      const one = this.#claimAndCount(socket)
      const isLower = one.claim < lowest.claim || (one.claim === lowest.claim && one.count > lowest.count)
      if (isLower) [last, lowest] = [socket, one]
    }
    return last
  }

  #claimAndCount(socket: Socket): { claim: number; count: number } {
    const { claim = 0, owner } = this.#slots.get(socket) ?? {}
    return { claim, count: owner === undefined ? 0 : this.#countOf(owner) }
  }

  #countOf(owner: string): number {
    return this.#owners.get(owner) ?? 0
  }
}

const accountClaim = 3

function claimOf(session: Session | undefined): number {
  if (!session) return 0
  if (!session.isVerified) return 1
  return session.role === 'guest' ? 2 : accountClaim
}
