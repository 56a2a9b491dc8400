/** Uploads while the server is killed again and again: each file is complete, with the right hash, or not there. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ServerProcess } from '../proof/server.ts'
import { bytesOf, idIn, uploadByTus } from '../support/clients/uploads.ts'
import { identityOf } from '../support/server/server.ts'

export interface Killed {
  kills: number
  /** Files whose bytes are not those that were uploaded. */
  wrong: string[]
  /** What stands in the folder under a hash that it does not have, seen after each kill. */
  torn: string[]
  /** Files that the client was told are complete. */
  complete: number
}

export async function killWhileUploading(uploads: number, kills: number, bytesOfEach: number): Promise<Killed> {
  await using server = await ServerProcess.start({
    environment: { MIN_FREE_BYTES: '0', FILE_BYTES_PER_DAY: '1000000000000' },
  })
  const signedIn = await fetch(`${server.url}/signin`, {
    method: 'POST',
    body: new URLSearchParams({ name: 'Anna' }),
    redirect: 'manual',
  })
  const by = { cookie: identityOf(signedIn) }
  const killed: Killed = { kills: 0, wrong: [], torn: [], complete: 0 }
  let isOver = false
  const upload = async () => {
    for (let n = 0; n === 0 || !isOver; n++) {
      const bytes = randomBytes(bytesOfEach)
      const path = await uploadByTus(`${server.url}/rooms/lobby/files`, by, bytes, {
        chunkSize: Math.ceil(bytesOfEach / 4),
        // For as long as it takes: a server starts slowly on a busy machine.
        retryDelays: Array.from({ length: 100_000 }, () => 50),
      })
      killed.complete++
      sent.push({ id: idIn(path), hash: sha256(bytes) })
    }
  }
  const sent: { id: string; hash: string }[] = []
  const all = Promise.all(Array.from({ length: uploads }, upload))
  for (; killed.kills < kills; killed.kills++) {
    // At any moment: it is the moment that is tried.
    await setTimeout(20 + Math.random() * 300)
    await server.kill('SIGKILL')
    killed.torn.push(...tornIn(join(server.dataDir, 'files')))
    await server.start()
  }
  isOver = true
  await all
  for (const { id, hash } of sent) if (sha256(await bytesOf(server, by, id)) !== hash) killed.wrong.push(id)
  killed.torn.push(...tornIn(join(server.dataDir, 'files')))
  return killed
}

function tornIn(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
  return names.filter(
    (name) => /^..\/[0-9a-f]{64}$/.test(name) && sha256(readFileSync(join(folder, name))) !== name.slice(3),
  )
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
