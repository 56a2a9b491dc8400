/** The disk says that it could not keep what it had taken. */
import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { expect, it, vi } from 'vitest'
import { append, begun, bytesOf, idIn, offsetOf } from '../../support/clients/uploads.ts'
import { startServer } from '../../support/server/server.ts'

const bytes = randomBytes(2_500_000)

it.for([
  ['while it comes', 'datasync', 'EIO', 500],
  ['when it is complete', 'sync', 'EIO', 500],
  ['while it comes, for want of room', 'datasync', 'ENOSPC', 503],
  ['when it is complete, for want of room', 'sync', 'ENOSPC', 503],
] as const)(
  'an upload that could not be synced %s is sent again from its beginning',
  async ([, call, code, status], t) => {
    const server = await startServer(t)
    const by = { cookie: (await server.signIn('Anna')).cookie }
    const path = await begun(server, by, { bytes })
    const handle = await open(import.meta.filename)
    const fails = vi.spyOn(Object.getPrototypeOf(handle), call)
    t.onTestFinished(() => fails.mockRestore())
    await handle.close()
    const error = Object.assign(new Error(code), { code, syscall: call === 'sync' ? 'fsync' : 'fdatasync' })
    fails.mockRejectedValueOnce(error)
    expect((await append(server, by, path, 0, bytes)).status).toBe(status)
    expect(await offsetOf(server, by, path)).toBe(0)
    expect((await append(server, by, path, 0, bytes)).status).toBe(204)
    expect((await bytesOf(server, by, idIn(path))).equals(bytes)).toBe(true)
  },
)
