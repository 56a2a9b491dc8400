/** The server's system calls, seen from outside, and what they prove: no acknowledgement leaves before its fsync. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

const calls = 'write,writev,sendto,sendmsg,pwrite64,pwritev,pwritev2,fsync,fdatasync'
const maxCharacters = 262_144

/** @returns undefined with the reason when a process may not be watched here */
export async function watch(pid: number, output: string, strace: string): Promise<{ end(): Promise<void> } | string> {
  const child = spawn(
    strace,
    ['-f', '-y', '-s', `${maxCharacters}`, '-e', `trace=${calls}`, '-o', output, '-p', `${pid}`],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const how = await attached(child)
  if (how !== 'attached') return how
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    async end() {
      child.kill('SIGINT')
      await ended
    },
  }
}

function attached(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (/Process \d+ attached/.test(said)) resolve('attached')
    })
    child.once('error', (error) => resolve(error.message))
    child.once('exit', () => resolve(said.trim().split('\n')[0] || 'strace ended'))
  })
}

export interface AckOrder {
  /** Acknowledgements whose bytes left after the fsync of the WAL that followed the write of their entry. */
  inOrder: number
  outOfOrder: string[]
  fsyncs: number
}

/** Where in the trace a key's entry was written to the WAL, and where the fsync after that had returned. */
interface Stored {
  fsyncsBefore: number
}

/** @param keys those that were acknowledged while the server was watched */
export async function orderOf(output: string, keys: Iterable<string>): Promise<AckOrder> {
  const wanted = new Set(keys)
  const stored = new Map<string, Stored>()
  const acknowledged = new Map<string, boolean>()
  /** By thread: an fsync of the WAL that has begun. */
  const syncing = new Map<string, number>()
  let begun = 0
  /** The latest fsync that returned 0: everything written before it began is on the disk. */
  let synced = 0
  for await (const line of createInterface({ input: createReadStream(output, 'latin1') })) {
    const call = /^(\d+) +(?:<\.\.\. )?(\w+)/.exec(line)
    if (!call) continue
    const [, thread = '', name] = call
    if (name === 'fsync' || name === 'fdatasync') {
      const isResumed = line.includes('resumed>')
      if (!isResumed && line.includes('-wal>')) syncing.set(thread, ++begun)
      const began = syncing.get(thread)
      if (began !== undefined && line.trimEnd().endsWith('= 0')) synced = Math.max(synced, began)
      if (!line.includes('unfinished')) syncing.delete(thread)
    } else if (name?.startsWith('pwrite') && line.includes('-wal>')) {
      for (const key of keysIn(line)) if (wanted.has(key) && !stored.has(key)) stored.set(key, { fsyncsBefore: begun })
    } else if (line.includes('sent\\"')) {
      for (const key of sentIn(line)) {
        const entry = stored.get(key)
        // An fsync that began after the write, and has returned.
        if (wanted.has(key) && !acknowledged.has(key)) acknowledged.set(key, !!entry && synced > entry.fsyncsBefore)
      }
    }
  }
  const outOfOrder = [...wanted].filter((key) => !acknowledged.get(key))
  return { inOrder: wanted.size - outOfOrder.length, outOfOrder, fsyncs: begun }
}

function keysIn(line: string): string[] {
  return line.match(/c\d+-\d+(?= )/g) ?? []
}

function sentIn(line: string): string[] {
  return [...line.matchAll(/\{\\"type\\":\\"sent\\"[^}]*?\\"key\\":\\"(c\d+-\d+)\\"/g)].map(([, key = '']) => key)
}
