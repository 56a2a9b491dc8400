import { describe, expect, it } from 'vitest'
import { UploadQuota } from '../../src/server/rate-limit/upload-quota.ts'

const perDay = 1_000

function authorOf(id: number, role: 'guest' | 'member', network = 'one') {
  const user = { id, name: `${id}`, image: 0 }
  return { session: { user, role, isVerified: true, canViewPublic: true, ipBanned: false }, network } as never
}

function sent(quota: UploadQuota, author: never, bytes: number): void {
  const sending = quota.send(author, bytes, perDay)
  sending.came(bytes)
  sending.end()
}

describe('what users send as files', () => {
  it('is twice what they may upload in a day, a tenth of it for guests', () => {
    const quota = new UploadQuota()
    for (const [author, bytes] of [
      [authorOf(1, 'member'), 2_000],
      [authorOf(2, 'guest'), 200],
    ] as const) {
      sent(quota, author, bytes - 50)
      quota.send(author, 50, perDay).end()
      const said = `You can send ${bytes} bytes in 24 hours, also of files that are not kept.`
      expect(() => quota.send(author, 60, perDay)).toThrow(said)
    }
  })
  it('counts what is announced before it comes, gives back what does not come, and counts what comes beyond it', () => {
    const quota = new UploadQuota()
    const author = authorOf(1, 'member')
    const first = quota.send(author, 1_500, perDay)
    expect(() => quota.send(author, 600, perDay), 'both at the same moment').toThrow('You can send 2000 bytes')
    first.came(100)
    first.end()
    const second = quota.send(author, 0, perDay)
    for (let i = 0; i < 3; i++) second.came(500)
    second.end()
    quota.send(author, 390, perDay).end()
    expect(() => quota.send(author, 450, perDay)).toThrow('You can send 2000 bytes')
  })
  it('is for all guests of a network twice what an account may upload, and accounts are not kept by it', () => {
    const quota = new UploadQuota()
    for (let id = 0; id < 10; id++) sent(quota, authorOf(id, 'guest'), 195)
    quota.send(authorOf(10, 'guest'), 40, perDay).end()
    expect(() => quota.send(authorOf(10, 'guest'), 100, perDay)).toThrow(
      'The guests of your network can send 2000 bytes together in 24 hours, also of files that are not kept.',
    )
    quota.send(authorOf(10, 'guest', 'another'), 100, perDay)
    quota.send(authorOf(11, 'member'), 1_000, perDay)
  })
  it('does not count pictures of users where files cannot be uploaded', () => {
    const quota = new UploadQuota()
    for (let i = 0; i < 10; i++) {
      const sending = quota.send(authorOf(1, 'guest'), 0, 0)
      sending.came(500_000)
      sending.end()
    }
  })
})
