/** Requests to an S3 store: signed, and repeated while the store has no turn for them. Every one of ours may be made twice. */
import { type FileHandle, open } from 'node:fs/promises'
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { AwsV4Signer } from 'aws4fetch'
import type { S3Config } from './s3-config.ts'
import { faultOf, S3Fault } from './s3-fault.ts'

export interface S3Request {
  method: 'GET' | 'PUT' | 'DELETE'
  /** Below the bucket; the bucket itself without one. */
  key?: string
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  /** A file that is sent. `sent` is told of each part, from the first one on, each time that it is sent. */
  body?: { path: string; sha256: string; sent(part: Buffer, position: number): void }
}

interface Options {
  /** Waits between tries; one try more than there are. */
  retryMs?: readonly number[]
  /** Within which an answer must begin, all tries together, for what has no body to send. */
  startMs?: number
  /** For which nothing may come or go. */
  idleMs?: number
}

/** Twice as long each time; each wait is between half and all of it, so that nodes do not come together. */
const retryMs = [200, 400, 800, 1_600]
/** Those who wait for an answer of ours give up after 30 s. */
const startMs = 5_000
const idleMs = 20_000
const partBytes = 256 * 1024
/** SHA-256 of nothing. */
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

export class S3Client {
  readonly #config: S3Config
  readonly #options: Required<Options>
  readonly #agent: HttpAgent
  /** Keys of the day, which the signer derives. */
  readonly #cache = new Map<string, ArrayBuffer>()
  #isClosed = false

  constructor(config: S3Config, options: Options = {}) {
    this.#config = config
    this.#options = { retryMs, startMs, idleMs, ...options }
    const connections = { keepAlive: true, maxFreeSockets: 16 }
    this.#agent = config.endpoint.startsWith('https:') ? new HttpsAgent(connections) : new HttpAgent(connections)
  }

  /**
   * @param signal ends it when nobody wants the answer any more
   * @returns an answer whose body is to be read or destroyed @throws S3Fault; the error of a connection; the reason of the signal
   */
  async ask(asked: S3Request, signal?: AbortSignal): Promise<IncomingMessage> {
    const deadline = new AbortController()
    const { startMs } = this.#options
    const late = () => deadline.abort(connectionFault(`No answer within ${startMs} ms.`, 'ETIMEDOUT'))
    const timer = asked.body ? undefined : setTimeout(late, startMs)
    const ends = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal
    try {
      return await this.#askAgain(asked, ends)
    } catch (error) {
      // The error of what was ended says only that it was.
      throw ends.aborted ? ends.reason : error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends all connections, and begins no new one for another try. */
  close(): void {
    this.#isClosed = true
    this.#agent.destroy()
  }

  async #askAgain(asked: S3Request, ends: AbortSignal): Promise<IncomingMessage> {
    for (const waitMs of this.#options.retryMs) {
      try {
        return await this.#once(asked, ends)
      } catch (error) {
        if (!isPassing(error) || isTimeout(error) || this.#isClosed) throw error
        await wait(waitMs * (0.5 + Math.random() / 2), undefined, { ref: false, signal: ends })
      }
    }
    return await this.#once(asked, ends)
  }

  async #once(asked: S3Request, ends: AbortSignal): Promise<IncomingMessage> {
    ends.throwIfAborted()
    const file = asked.body && (await open(asked.body.path))
    try {
      const answer = await this.#send(asked, file, ends)
      const status = answer.statusCode ?? 0
      if (status >= 200 && status < 300) return answer
      throw await faultOf(answer)
    } finally {
      await file?.close()
    }
  }

  async #send(asked: S3Request, file: FileHandle | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, body } = asked
    const { idleMs } = this.#options
    const { url, headers } = await this.#sign(asked)
    const length = file && (await file.stat()).size
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method,
      headers: { ...headers, ...(length !== undefined && { 'content-length': length }) },
      agent: this.#agent,
      timeout: idleMs,
      signal,
    })
    let answer: IncomingMessage | undefined
    const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    request.on('error', reject)
    request.on('response', (response: IncomingMessage) => {
      answer = response
      // A refusal may come before all was sent; the rest of it would be taken for the next request.
      if (!request.writableEnded) answer.once('end', () => request.destroy())
      resolve(answer)
    })
    request.on('timeout', () => {
      // While a slow reader leaves what has come, the store is not to blame.
      if (!answer?.readableLength)
        (answer ?? request).destroy(connectionFault('The S3 store does not answer.', 'ETIMEDOUT'))
      else request.setTimeout(idleMs)
    })
    if (file && body)
      sendFile(file, request, { sent: body.sent, isOver: () => answer !== undefined }).catch((error) =>
        request.destroy(error),
      )
    else request.end()
    return await answered
  }

  async #sign({ method, key, query = {}, headers, body }: S3Request) {
    const { endpoint, bucket, region, accessKeyId, secretAccessKey } = this.#config
    const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    const signer = new AwsV4Signer({
      method,
      url: `${endpoint}/${bucket}${key === undefined ? '' : `/${key}`}${search.length ? `?${search.join('&')}` : ''}`,
      headers: { ...headers, 'X-Amz-Content-Sha256': body?.sha256 ?? emptyHash },
      service: 's3',
      cache: this.#cache,
      region,
      accessKeyId,
      secretAccessKey,
    })
    const signed = await signer.sign()
    return { url: signed.url, headers: Object.fromEntries(signed.headers) }
  }
}

interface Sending {
  sent(part: Buffer, position: number): void
  /** Whether nobody takes the rest. */
  isOver(): boolean
}

/** One buffer for all of the file, filled again when the connection has taken it. */
async function sendFile(file: FileHandle, request: ClientRequest, { sent, isOver }: Sending): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(partBytes)
  for (let position = 0; !isOver(); ) {
    const { bytesRead } = await file.read(buffer, 0, partBytes, position)
    if (bytesRead === 0) break
    const part = buffer.subarray(0, bytesRead)
    sent(part, position)
    await write(request, part)
    position += bytesRead
  }
  if (!isOver()) request.end()
}

function write(request: ClientRequest, part: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(connectionFault('The connection to the S3 store ended.', 'ECONNRESET'))
    if (request.destroyed) return fail()
    request.once('close', fail)
    request.write(part, (error) => {
      request.off('close', fail)
      if (error) reject(error)
      else resolve()
    })
  })
}

function connectionFault(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT'
}

/** Whether the same request may succeed later, without anybody having changed a setting. */
export function isPassing(error: unknown): boolean {
  return error instanceof S3Fault ? error.isPassing : isOfConnection(error)
}

/** Whether an error is about a connection or the name of the host, and not about a file on the disk. */
export function isOfConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_|ENOTFOUND|HPE_|ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_|SELF_|UNABLE_)/.test(
    code,
  )
}
