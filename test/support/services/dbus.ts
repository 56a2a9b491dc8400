/** As much of D-Bus as a service needs that is called and sends signals (the specification of D-Bus, "Message Protocol"). */
import { connect, type Socket } from 'node:net'

export interface Call {
  serial: number
  sender: string
  member: string
  body: Reader
}

/** Reads values in the order of their signature; little-endian, as the clients of this machine send them. */
export class Reader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  align(size: number): this {
    this.#at = Math.ceil(this.#at / size) * size
    return this
  }

  u32(): number {
    this.align(4)
    this.#at += 4
    return this.#bytes.readUInt32LE(this.#at - 4)
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0
  }

  string(length = this.u32()): string {
    const text = this.#bytes.toString('utf8', this.#at, this.#at + length)
    this.#at += length + 1
    return text
  }

  strings(): string[] {
    const end = this.u32() + this.#at
    const all: string[] = []
    while (this.#at < end) all.push(this.string())
    return all
  }

  get at(): number {
    return this.#at
  }
}

/** A value with its type: `u` a number, `s` a string, `o` a path, `g` a signature, `as` strings. */
export type Value = ['u', number] | ['s' | 'o' | 'g', string] | ['as', string[]]

class Writer {
  #bytes = Buffer.alloc(0)

  align(size: number): void {
    this.add(Buffer.alloc((size - (this.#bytes.length % size)) % size))
  }

  add(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
  }

  u32(value: number): void {
    this.align(4)
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    this.add(bytes)
  }

  value([type, value]: Value): void {
    if (type === 'u') return this.u32(value)
    if (type === 'g') return this.add(Buffer.from([value.length, ...Buffer.from(value), 0]))
    if (type !== 'as') {
      const text = Buffer.from(value)
      this.u32(text.length)
      return this.add(Buffer.from([...text, 0]))
    }
    const inner = new Writer()
    for (const one of value) inner.value(['s', one])
    this.u32(inner.bytes.length)
    this.add(inner.bytes)
  }

  get bytes(): Buffer {
    return this.#bytes
  }
}

const types = { call: 1, return: 2, signal: 4 } as const
/** The codes of the fields of a header. */
const fields = { path: 1, interface: 2, member: 3, replySerial: 5, destination: 6, sender: 7, signature: 8 } as const
type Fields = Partial<Record<keyof typeof fields, Value>>

/** A connection to the bus at this address. */
export class Bus {
  readonly #socket: Socket
  readonly #called: (call: Call) => Value[] | undefined
  #input = Buffer.alloc(0)
  #serial = 0
  #isReady = false
  #ready: () => void = () => {}

  /** @param address like `unix:path=/tmp/dbus-1,guid=…` @param called answers a call; undefined answers nothing */
  static async connect(address: string, called: (call: Call) => Value[] | undefined): Promise<Bus> {
    const [, path = ''] = /path=([^,;]+)/.exec(address) ?? []
    const socket = connect(path)
    const bus = new Bus(socket, called)
    const ready = new Promise<void>((resolve, reject) => {
      bus.#ready = resolve
      socket.once('error', reject)
    })
    const uid = Buffer.from(String(process.getuid?.())).toString('hex')
    socket.write(`\0AUTH EXTERNAL ${uid}\r\n`)
    await ready
    bus.#callBus('Hello')
    return bus
  }

  private constructor(socket: Socket, called: (call: Call) => Value[] | undefined) {
    this.#socket = socket
    this.#called = called
    socket.on('data', (bytes: Buffer) => this.#received(bytes))
  }

  own(name: string): void {
    this.#callBus('RequestName', [
      ['s', name],
      ['u', 0],
    ])
  }

  signal(path: string, from: string, member: string, body: Value[]): void {
    this.#send(types.signal, { path: ['o', path], interface: ['s', from], member: ['s', member] }, body)
  }

  close(): void {
    this.#socket.destroy()
  }

  #callBus(member: string, body: Value[] = []): void {
    const bus = 'org.freedesktop.DBus'
    const path = '/org/freedesktop/DBus'
    const to: Fields = { path: ['o', path], interface: ['s', bus], member: ['s', member], destination: ['s', bus] }
    this.#send(types.call, to, body)
  }

  #send(type: number, header: Fields, body: Value[]): void {
    const content = new Writer()
    for (const value of body) content.value(value)
    const signature: Value = ['g', body.map(([one]) => one).join('')]
    const named = Object.entries({ ...header, ...(body.length && { signature }) }) as [keyof typeof fields, Value][]
    const list = new Writer()
    for (const [name, value] of named) {
      list.align(8)
      list.add(Buffer.from([fields[name]]))
      list.value(['g', value[0]])
      list.value(value)
    }
    const message = new Writer()
    message.add(Buffer.from(['l'.charCodeAt(0), type, 0, 1]))
    message.u32(content.bytes.length)
    message.u32(++this.#serial)
    message.u32(list.bytes.length)
    message.add(list.bytes)
    message.align(8)
    message.add(content.bytes)
    this.#socket.write(message.bytes)
  }

  #received(bytes: Buffer): void {
    this.#input = Buffer.concat([this.#input, bytes])
    if (!this.#isReady) {
      const end = this.#input.indexOf('\r\n')
      if (end < 0) return
      this.#input = this.#input.subarray(end + 2)
      this.#isReady = true
      this.#socket.write('BEGIN\r\n')
      this.#ready()
    }
    while (this.#readMessage());
  }

  /** @returns whether there was a whole one */
  #readMessage(): boolean {
    if (this.#input.length < 16) return false
    const bodyLength = this.#input.readUInt32LE(4)
    const start = Math.ceil((16 + this.#input.readUInt32LE(12)) / 8) * 8
    if (this.#input.length < start + bodyLength) return false
    const message = this.#input.subarray(0, start + bodyLength)
    this.#input = this.#input.subarray(start + bodyLength)
    if (message[1] === types.call) this.#answer(message, start)
    return true
  }

  #answer(message: Buffer, start: number): void {
    const header = readHeader(message)
    const serial = message.readUInt32LE(8)
    const sender = header.get(fields.sender) ?? ''
    const body = new Reader(message.subarray(start))
    const answer = this.#called({ serial, sender, member: header.get(fields.member) ?? '', body })
    if (answer) this.#send(types.return, { replySerial: ['u', serial], destination: ['s', sender] }, answer)
  }
}

/** The fields that are strings, by their codes. */
function readHeader(message: Buffer): Map<number, string> {
  const end = 16 + message.readUInt32LE(12)
  const reader = new Reader(message, 16)
  const header = new Map<number, string>()
  while (reader.at < end) {
    const code = reader.align(8).byte()
    const type = reader.string(reader.byte())
    if (type === 'u') reader.u32()
    else header.set(code, type === 'g' ? reader.string(reader.byte()) : reader.string())
  }
  return header
}
