/** Bytes in an S3 store, under the names that they have in a folder: `ab/` and the whole hash. An object is there as a whole or not at all. */
import { createHash, type Hash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { FileBytes } from './file-bytes.ts'
import { S3Client } from './s3-client.ts'
import type { S3Config } from './s3-config.ts'
import { elementIn, noKey, S3Fault } from './s3-fault.ts'
import { StoreHealth, type StoreWatcher } from './store-health.ts'

const hashShape = /^[0-9a-f]{64}$/
/** More than a page of 1,000 names has. */
const maxListBytes = 4 * 1024 * 1024
/** A copy that arrived wrong is sent again, once. */
const maxCopies = 2

/** Whatever it does may throw ChatError `unavailable`, when the store cannot be used at the moment. */
export class S3Bytes implements FileBytes {
  readonly #client: S3Client
  readonly #health: StoreHealth

  constructor(config: S3Config, watcher: StoreWatcher = () => {}, client = new S3Client(config)) {
    this.#client = client
    this.#health = new StoreHealth(watcher)
  }

  /** Lists what is in it. @throws S3Fault, or the error of the connection */
  async checkReading(): Promise<void> {
    await textOf(await this.#client.ask({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1' } }))
  }

  /** Lists, writes, reads and deletes in it. @throws S3Fault, or the error of the connection */
  async check(): Promise<void> {
    await this.checkReading()
    // Each check has its own: nodes that start together would delete those of each other.
    const name = `teahouse-check-${randomBytes(8).toString('hex')}`
    const path = join(tmpdir(), name)
    await writeFile(path, name)
    try {
      await this.#checkWith(name, path)
    } finally {
      await rm(path, { force: true })
    }
  }

  /** @param error of a check */
  noteFault(error: unknown): void {
    this.#health.noteFault(error)
  }

  close(): void {
    this.#client.close()
  }

  async put(path: string, hash: string): Promise<void> {
    await this.#health.whileSending(async () => {
      for (let copy = 1; !(await this.#putOnce(keyOf(hash), path, hash)); copy++) {
        if (copy < maxCopies) continue
        await drained(await this.#client.ask({ method: 'DELETE', key: keyOf(hash) }))
        throw new S3Fault(0, 'WrongBytes', `${keyOf(hash)} has other bytes than were sent.`)
      }
    })
  }

  async read(hash: string, { start, end }: { start: number; end: number }, signal?: AbortSignal): Promise<Readable> {
    return await this.#health.whileAsking(async () => {
      const asked = { method: 'GET', key: keyOf(hash), headers: { range: `bytes=${start}-${end - 1}` } } as const
      const answer = await this.#client.ask(asked, signal)
      const { 'content-length': length, 'content-range': range = '' } = answer.headers
      const isPart = answer.statusCode === 206 ? range.startsWith(`bytes ${start}-${end - 1}/`) : start === 0
      if (isPart && Number(length) === end - start) return answer
      answer.destroy()
      const got = `${length} bytes, ${range || 'all'}, not ${end - start} bytes from ${start} on`
      throw new S3Fault(answer.statusCode ?? 0, 'WrongPart', `${keyOf(hash)}: ${got}.`)
    }, signal)
  }

  async size(hash: string): Promise<number | undefined> {
    return await this.#health.whileAsking(async () => {
      try {
        // By GET: an answer to HEAD has no reason in it when it is no success.
        const answer = await this.#client.ask({ method: 'GET', key: keyOf(hash), headers: { range: 'bytes=0-0' } })
        answer.destroy()
        const { 'content-range': range = '', 'content-length': length } = answer.headers
        return Number(answer.statusCode === 206 ? range.split('/')[1] : length)
      } catch (error) {
        if (!(error instanceof S3Fault)) throw error
        if (error.answered === 416) return 0
        if (error.code === noKey) return undefined
        throw error
      }
    })
  }

  async remove(hash: string): Promise<void> {
    await this.#health.whileAsking(async () => {
      await drained(await this.#client.ask({ method: 'DELETE', key: keyOf(hash) }))
    })
  }

  async #checkWith(key: string, path: string): Promise<void> {
    const sha256 = await hashOf(createReadStream(path))
    await this.#putOnce(key, path, sha256)
    try {
      if ((await hashOf(await this.#client.ask({ method: 'GET', key }))) !== sha256)
        throw new S3Fault(0, 'WrongBytes', 'What is read is not what was written.')
    } finally {
      await drained(await this.#client.ask({ method: 'DELETE', key }))
    }
  }

  async *list(before: number): AsyncIterable<string[]> {
    const now = Date.now()
    for (let token: string | undefined = ''; token !== undefined; ) {
      const page = await this.#health.whileAsking(() => this.#page(token))
      // The ages are by the clock of the store.
      const isOld = (modified: string) => page.at - Date.parse(modified) > now - before
      yield page.objects.filter(({ modified }) => isOld(modified)).map(({ hash }) => hash)
      token = page.next
    }
  }

  async #page(token: string | undefined) {
    const query = { 'list-type': '2', ...(token && { 'continuation-token': token }) }
    const answer = await this.#client.ask({ method: 'GET', query })
    const xml = await textOf(answer)
    const at = Date.parse(answer.headers.date ?? '')
    const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].flatMap(([, object = '']) => {
      const [folder, hash = ''] = (elementIn(object, 'Key') ?? '').split('/')
      const isOurs = hashShape.test(hash) && folder === hash.slice(0, 2)
      return isOurs ? [{ hash, modified: elementIn(object, 'LastModified') ?? '' }] : []
    })
    return { at, objects, next: elementIn(xml, 'NextContinuationToken') }
  }

  /** @returns whether the store has what was sent */
  async #putOnce(key: string, path: string, sha256: string): Promise<boolean> {
    let md5: Hash | undefined
    const sent = (part: Buffer, position: number) => {
      if (position === 0) md5 = createHash('md5')
      md5?.update(part)
    }
    const { headers } = await drained(await this.#client.ask({ method: 'PUT', key, body: { path, sha256, sent } }))
    const digest = (md5 ?? createHash('md5')).digest('hex')
    // The store was told the SHA-256 too, but not every one looks at it. With keys of its owner the tag is no MD5.
    if (headers.etag?.replaceAll('"', '') === digest) return true
    return (await hashOf(await this.#client.ask({ method: 'GET', key }))) === sha256
  }
}

function keyOf(hash: string): string {
  if (!hashShape.test(hash)) throw new Error('No SHA-256 in hexadecimal digits.')
  return `${hash.slice(0, 2)}/${hash}`
}

async function drained(answer: IncomingMessage): Promise<IncomingMessage> {
  for await (const _ of answer); // its end gives the connection to the next request
  return answer
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > maxListBytes) throw new S3Fault(0, 'TooLong', 'A list is too long.')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

async function hashOf(content: Readable): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of content) hash.update(part)
  return hash.digest('hex')
}
