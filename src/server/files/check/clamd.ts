/** Sends a file to a scanner that speaks the protocol of clamd: `INSTREAM`, see `man clamd`. */
import { open } from 'node:fs/promises'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { type Scan, ScannerFault, type Verdict } from './scanner.ts'

const partBytes = 64 * 1024
const lengthBytes = 4
/** Maximum length of a scanner's answer (one line). */
const maxAnswerBytes = 4 * 1024
const maxFindingCharacters = 100

export function scanWithClamd(address: NetConnectOpts): Scan {
  return async (path, signal) => {
    signal.throwIfAborted()
    const socket = connect(address)
    // The first one is thrown by what reads the answer.
    socket.on('error', () => {})
    const stop = () => socket.destroy(new ScannerFault('The check was stopped.'))
    signal.addEventListener('abort', stop)
    try {
      const answered = answerOf(socket)
      // It answers and hangs up before the end when a file is too large: the answer counts.
      const sent = send(path, socket).then(() => answered)
      return verdictOf(await Promise.race([answered, sent]))
    } finally {
      signal.removeEventListener('abort', stop)
      socket.destroy()
    }
  }
}

async function send(path: string, socket: Socket): Promise<void> {
  const handle = await open(path)
  try {
    socket.write('zINSTREAM\0')
    // One buffer for all of the file: it is filled again when the socket has taken it.
    const part = Buffer.allocUnsafeSlow(lengthBytes + partBytes)
    for (let at = 0; ; ) {
      const { bytesRead } = await handle.read(part, lengthBytes, partBytes, at)
      part.writeUInt32BE(bytesRead)
      if (!(await isTaken(socket, part.subarray(0, lengthBytes + bytesRead))) || bytesRead === 0) return
      at += bytesRead
    }
  } finally {
    await handle.close()
  }
}

/** @returns false when the scanner takes no more: its answer says why, or that there is none */
function isTaken(socket: Socket, part: Buffer): Promise<boolean> {
  return new Promise((resolve) => socket.write(part, (error) => resolve(!error)))
}

async function answerOf(socket: Socket): Promise<string> {
  let answer = ''
  try {
    for await (const part of socket) {
      answer += part.toString('latin1')
      if (answer.includes('\0') || answer.length > maxAnswerBytes) break
    }
  } catch (error) {
    if (!answer)
      throw error instanceof ScannerFault ? error : new ScannerFault('clamd cannot be reached.', { cause: error })
  }
  return answer.split('\0', 1)[0]?.trim() ?? ''
}

function verdictOf(answer: string): Verdict {
  if (answer === 'stream: OK') return { type: 'clean' }
  const [, finding] = /^stream: (.+) FOUND$/.exec(answer) ?? []
  if (finding) return { type: 'refused', finding: finding.slice(0, maxFindingCharacters) }
  if (/size limit exceeded/i.test(answer)) return { type: 'too-large' }
  throw new ScannerFault(`clamd answered ${JSON.stringify(answer.slice(0, maxFindingCharacters))}.`)
}
