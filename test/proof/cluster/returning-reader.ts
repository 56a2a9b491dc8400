/** Somebody who reads and writes on one node over a transport, and who connects again whenever the connection is closed. */
import type { Carrier, Carry } from '../clients/carriers.ts'
import { after, becomes } from '../clients/crowd.ts'

const connectMs = 5_000
const againMs = 250
const openMs = 20_000

interface Frame {
  type: string
  room?: string
  id?: number
  at?: number
  command?: string
  user?: { id: number }
  messages?: Frame[]
  entries?: Frame[]
}

export interface ReaderNeeds {
  /** `http://…` */
  origin: string
  /** Its name has the port of the origin. */
  cookie: string
  carry: Carry
  /** An entry has come, whether it was new or was missed. */
  delivered(room: string, user: number | undefined): void
  /** The node says that it has stored what was written. */
  accepted(room: string): void
}

export class ReturningReader {
  readonly #needs: ReaderNeeds
  readonly #wanted = new Set<string>()
  readonly #opened = new Set<string>()
  #connection = 0
  #dialed: Carrier | undefined
  /** That of the open connection. */
  #carrier: Carrier | undefined
  #isOver = false

  constructor(needs: ReaderNeeds) {
    this.#needs = needs
    this.#connect()
  }

  /** Resolves when the room is open. It is opened on later connections too. */
  async open(room: string): Promise<void> {
    this.#wanted.add(room)
    this.#carrier?.send({ type: 'open', room })
    if (!(await becomes(() => this.#opened.has(room), openMs))) throw new Error(`${room} was not opened in time.`)
  }

  write(room: string, key: string, data: string): void {
    this.#carrier?.send({ type: 'chat', room, key, data })
  }

  close(): void {
    this.#isOver = true
    this.#carrier = undefined
    this.#dialed?.drop()
  }

  #connect(): void {
    const connection = ++this.#connection
    const isCurrent = () => connection === this.#connection && !this.#isOver
    const { origin, cookie, carry } = this.#needs
    this.#dialed = carry(
      { origin, cookie, connectMs },
      {
        opened: () => isCurrent() && this.#openAll(),
        heard: (data) => isCurrent() && this.#heard(JSON.parse(String(data))),
        closed: () => isCurrent() && void this.#comeBack(),
      },
    )
  }

  #openAll(): void {
    this.#carrier = this.#dialed
    for (const room of this.#wanted) this.#carrier?.send({ type: 'open', room })
  }

  async #comeBack(): Promise<void> {
    // What the old one still says does not count.
    this.#connection++
    this.#carrier = undefined
    this.#dialed?.drop()
    await after(againMs)
    if (!this.#isOver) this.#connect()
  }

  #heard({ type, room = '', command, messages = [], entries = [], ...frame }: Frame): void {
    if (frame.id !== undefined && frame.at !== undefined) this.#needs.delivered(room, frame.user?.id)
    for (const { user } of [...messages, ...entries]) this.#needs.delivered(room, user?.id)
    if (type === 'sent') this.#needs.accepted(room)
    if (type === 'opened') this.#opened.add(room)
    // The node may not know of the room yet; and a room that is lost is asked for again and again.
    if (type === 'error' && command === 'open') void this.#openLater(room)
  }

  async #openLater(room: string): Promise<void> {
    const carrier = this.#carrier
    await after(againMs)
    if (carrier === this.#carrier) carrier?.send({ type: 'open', room })
  }
}
