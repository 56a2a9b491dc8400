/** Senders that send again once their message is acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dialect } from '../load/dialects.ts'
import { NumberedFrame, numberBefore } from '../load/frames.ts'
import { Latencies } from '../load/latencies.ts'
import type { RawSocket } from '../load/raw-socket.ts'

const warmUpMs = 2_000
const measuredMs = 6_000
const settleMs = 30_000
/** `{"type":"sent"`, of which the twelfth byte begins `nt`. */
const nOfSent = 'n'.charCodeAt(0)

/** Numbers of messages are those of this process. */
let number = 0

export interface Rate {
  acknowledged: number
  p99: number
  /** How many were acknowledged while it was measured. */
  measured: number
}

/**
 * Where the server acknowledges nothing, the sender's own message coming back stands for it.
 * @param measuring is called when the measured time begins and when it ends
 */
export async function repeat(
  dialect: Dialect,
  sockets: readonly RawSocket[],
  roomOf: (index: number) => string,
  measuring: () => void = () => {},
): Promise<Rate> {
  const latencies = new Latencies()
  let [waiting, acknowledged] = [0, 0]
  let isSending = true
  for (const [index, socket] of sockets.entries()) {
    const frame = new NumberedFrame((digits) => dialect.chat(roomOf(index), digits))
    let sentAt = 0
    let mine = 0
    const send = () => {
      sentAt = performance.now()
      mine = ++number
      waiting++
      socket.write(frame.with(mine))
    }
    socket.onText = (bytes, start, end) => {
      const isMessage = dialect.isMessage(bytes, start)
      const isAnswer = dialect.hasSessions
        ? !isMessage && bytes[start + 11] === nOfSent
        : isMessage && numberBefore(bytes, end - dialect.tail) === mine
      if (!isAnswer) return
      waiting--
      acknowledged++
      latencies.add(performance.now() - sentAt)
      if (isSending) send()
    }
    send()
  }
  await sleep(warmUpMs)
  latencies.clear()
  measuring()
  const [before, began] = [acknowledged, performance.now()]
  await sleep(measuredMs)
  const [measured, ms] = [acknowledged - before, performance.now() - began]
  measuring()
  isSending = false
  for (const end = performance.now() + settleMs; waiting && performance.now() < end; ) await sleep(50)
  if (waiting) throw new Error(`${waiting} messages were not acknowledged.`)
  return { acknowledged: (measured / ms) * 1_000, p99: latencies.percentile(0.99), measured }
}
