/** A mail server: a real one on loopback that keeps what it is sent. */
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { Cleanup } from '../server/server.ts'

export interface ReceivedMail {
  to: string[]
  /** By their names in small letters. */
  headers: Record<string, string>
  text: string
}

export interface MailServer {
  url: string
  received: ReceivedMail[]
  /** The error that it answers with, if any. */
  refusal: { responseCode: number; message: string } | undefined
  /** The same for all mails of this server, whoever they are for. */
  senderRefusal: { responseCode: number; message: string } | undefined
  /** The next mail that no test has waited for. */
  next(): Promise<ReceivedMail>
}

export async function startMailServer(t: Cleanup): Promise<MailServer> {
  const waiting: ((mail: ReceivedMail) => void)[] = []
  const unread: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onMailFrom(_address, _session, done) {
      const refusal = mails.senderRefusal
      done(refusal && Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }))
    },
    onRcptTo(_address, _session, done) {
      const { refusal } = mails
      done(refusal && Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const mail = parsed(Buffer.concat(chunks).toString('latin1'))
        const received = { ...mail, to: session.envelope.rcptTo.map(({ address }) => address) }
        mails.received.push(received)
        const resolve = waiting.shift()
        if (resolve) resolve(received)
        else unread.push(received)
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)))
  const { port } = server.server.address() as AddressInfo
  const mails: MailServer = {
    url: `smtp://127.0.0.1:${port}`,
    received: [],
    refusal: undefined,
    senderRefusal: undefined,
    next: async () => unread.shift() ?? (await new Promise((resolve) => waiting.push(resolve))),
  }
  return mails
}

/** One part of plain text (RFC 5322, RFC 2045): what this server sends. */
function parsed(raw: string): Omit<ReceivedMail, 'to'> {
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      decodedWords(line.slice(line.indexOf(':') + 2)),
    ]),
  )
  return { headers, text: decodedBody(raw.slice(end + 4), headers['content-transfer-encoding']) }
}

function decodedBody(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString('utf8')
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** RFC 2047. */
function decodedWords(value: string): string {
  return value
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_, kind: string, text: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64').toString('utf8')
        : decodedBody(text.replaceAll('_', ' '), 'quoted-printable'),
    )
}
