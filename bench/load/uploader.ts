/**
 * Uploads as fast as the server takes it, in a process of its own: what measures messages must not wait for it.
 * `node bench/load/uploader.ts <port> <tus|form> <bytes of a file> <seconds, or 0 for one file> <cookie>…`, one uploader for each cookie.
 * Prints how many bytes were taken in.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import { text } from 'node:stream/consumers'

const [port, kind, bytesOfFile, seconds, ...cookies] = process.argv.slice(2)
const bytes = Number(bytesOfFile)
const until = Date.now() + Number(seconds) * 1_000
/** The same again and again, with a number of its own for each file: files that are equal would share their bytes. */
const part = randomBytes(256 * 1024)
const boundary = 'a-boundary-of-a-form'

let taken = 0
await Promise.all(cookies.map(upload))
console.log(taken)

async function upload(cookie: string): Promise<void> {
  do {
    if (kind === 'tus') await byTus(cookie)
    else await byForm(cookie)
    taken += bytes
  } while (Date.now() < until)
}

async function byTus(cookie: string): Promise<void> {
  const common = { cookie, 'tus-resumable': '1.0.0' }
  const created = ask('POST', '/rooms/lobby/files', { ...common, 'upload-length': bytes })
  created.end()
  const { headers } = await answerOf(created, 201)
  const patch = ask('PATCH', String(headers.location), {
    ...common,
    'upload-offset': 0,
    'content-type': 'application/offset+octet-stream',
    'content-length': bytes,
  })
  await writeFile(patch)
  patch.end()
  await answerOf(patch, 204)
}

async function byForm(cookie: string): Promise<void> {
  const field = (rest: string) => `--${boundary}\r\nContent-Disposition: form-data; name=${rest}\r\n\r\n`
  const before = `${field('"room"')}lobby\r\n${field('"file"; filename="file.bin"')}`
  const after = `\r\n--${boundary}--\r\n`
  const post = ask('POST', '/api/files', {
    cookie,
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': before.length + bytes + after.length,
  })
  post.write(before)
  await writeFile(post)
  post.end(after)
  await answerOf(post, 201)
}

function ask(method: string, path: string, headers: Record<string, string | number>): ClientRequest {
  return request({ host: '127.0.0.1', port, method, path, headers })
}

async function writeFile(asking: ClientRequest): Promise<void> {
  const own = randomBytes(16)
  asking.write(own)
  for (let left = bytes - own.length; left > 0; left -= part.length) {
    if (!asking.write(left < part.length ? part.subarray(0, left) : part)) await once(asking, 'drain')
  }
}

async function answerOf(asking: ClientRequest, expected: number) {
  const [response] = await once(asking, 'response')
  const said = await text(response)
  if (response.statusCode !== expected) throw new Error(`The server answered ${response.statusCode}: ${said}`)
  return response
}
