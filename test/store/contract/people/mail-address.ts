/** Whose an address for email is, and what it opens, in every store. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hashOf, newToken } from '../../../../src/server/auth/tokens.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { inAnHour, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

type Test = Parameters<Backend['place']>[0]

const address = 'mallory@example.org'
const usual = { level: 'mentions', keywords: [], timeZone: 'UTC', language: 'en', showsText: true }

export function mailAddressContract(backend: Backend): void {
  async function opened(t: Test) {
    const fixture = await StoreFixture.open(t, backend)
    const { notifications, accounts, invitations, sessions } = fixture.store
    const guest = (name: string) => accounts.openGuest(name, name.toLowerCase())
    async function signIn(user: User) {
      const at = Date.now()
      return (await sessions.start({ tokenHash: randomBytes(32), user, at, credential: { type: 'name' } })).session
    }
    /** Sets the address, and opens its link. */
    async function confirm({ id }: User, to = address): Promise<void> {
      const linkHash = hashOf(newToken(16))
      await notifications.set(id, { mail: { address: to, linkHash, linkExpiresAt: inAnHour(), token: newToken(16) } })
      await notifications.verifyMail(linkHash, Date.now())
    }
    async function prepare(user: User): Promise<void> {
      await confirm(user)
      await notifications.set(user.id, { keywords: ['secret'], quiet: { from: '22:00', to: '07:00' } })
      expect((await notifications.settings(user.id)).mail?.verified).toBe(true)
      expect(await notifications.isReachable(user.id)).toBe(true)
    }
    async function expectForgotten({ id }: User): Promise<void> {
      expect(await notifications.settings(id)).toEqual({ ...usual, mailToken: undefined })
      expect(await notifications.isReachable(id)).toBe(false)
      expect(await notifications.accountsOf(address)).toEqual([])
    }
    return { fixture, notifications, accounts, invitations, sessions, guest, signIn, confirm, prepare, expectForgotten }
  }

  describe(`${backend.name} store, addresses for email`, () => {
    it('are not those of somebody who had the name of a guest before', async (t) => {
      const { sessions, accounts, guest, signIn, prepare, expectForgotten } = await opened(t)
      const maria = await guest('Maria')
      const first = await signIn(maria)
      expect(first.isVerified).toBe(true)
      await prepare(maria)
      await sessions.end({ id: first.id, user: maria })
      const second = await signIn(maria)
      expect(second.isVerified).toBe(true)
      await expectForgotten(maria)
      const keep = { session: second.id, oldHash: undefined }
      await accounts.setPassword({ userId: maria.id, skeleton: 'maria', hash: 'hash', keep })
      await expectForgotten(maria)
    })
    it('are refused by the mail server until it takes them, another one is set, or their link is used', async (t) => {
      const { notifications, guest, confirm } = await opened(t)
      const { id: userId } = await guest('Maria')
      await confirm({ id: userId } as User)
      const isRefused = async () => (await notifications.settings(userId)).mail?.refused
      expect(await isRefused()).toBeUndefined()
      await notifications.noteMail({ userId, told: [], taken: { address, isRefused: true } })
      expect(await isRefused()).toBe(true)
      // What says nothing of the address changes nothing.
      await notifications.noteMail({ userId, told: [], retryAt: inAnHour() })
      expect(await isRefused()).toBe(true)
      await notifications.noteMail({ userId, told: [], taken: { address, isRefused: false } })
      expect(await isRefused()).toBeUndefined()
      await notifications.noteMailRefusal(userId, 'other@example.org', true)
      expect(await isRefused()).toBeUndefined()
      await notifications.noteMailRefusal(userId, address, true)
      await confirm({ id: userId } as User, 'new@example.org')
      expect(await isRefused()).toBeUndefined()
      await notifications.noteMailRefusal(userId, 'new@example.org', true)
      await notifications.set(userId, { mail: null })
      await confirm({ id: userId } as User, 'new@example.org')
      expect(await isRefused()).toBeUndefined()
    })
    it('stay with a guest who chooses a password, and go when another one does', async (t) => {
      const { accounts, invitations, notifications, guest, signIn, prepare, expectForgotten } = await opened(t)
      const maria = await guest('Maria')
      const { id: session } = await signIn(maria)
      await prepare(maria)
      await accounts.setPassword({
        userId: maria.id,
        skeleton: 'maria',
        hash: 'hash',
        keep: { session, oldHash: undefined },
      })
      expect((await notifications.accountsOf(address)).map(({ user }) => user.name)).toEqual(['Maria'])
      await notifications.set(maria.id, { mail: null })

      const nora = await guest('Nora')
      await signIn(nora)
      await prepare(nora)
      await accounts.setPassword({ userId: nora.id, skeleton: 'nora', hash: 'hash' })
      await expectForgotten(nora)

      const admin = await guest('admin')
      await prepare(admin)
      const tokenHash = randomBytes(32)
      await invitations.create({ type: 'owner', uses: 1, tokenHash, expiresAt: inAnHour(), at: Date.now() })
      await invitations.becomeOwner({ tokenHash, name: 'admin', skeleton: 'admin', hash: 'hash', at: Date.now() })
      await expectForgotten(admin)
    })
    it('outlive a new password by a mailed link only, and those without confirmation none', async (t) => {
      const { accounts, invitations, notifications, guest, confirm } = await opened(t)
      const maria = await guest('Maria')
      const { id: userId } = maria
      const skeleton = 'maria'
      await accounts.setPassword({ userId, skeleton, hash: 'hash' })
      const mail = async () => (await notifications.settings(userId)).mail
      const link = async (isMailed?: true) => {
        const at = Date.now()
        const made = {
          type: 'password',
          userId,
          uses: 1,
          tokenHash: randomBytes(32),
          expiresAt: inAnHour(),
          at,
        } as const
        await invitations.create({ ...made, ...(isMailed && { isMailed }) })
        return made.tokenHash
      }
      const setBy = (tokenHash: Uint8Array) =>
        invitations.setPassword({ tokenHash, skeleton, hash: 'other', at: Date.now() })
      await confirm(maria)
      // Who asks for links by mail voids neither each other's nor that of an admin.
      const byAdmin = await link()
      const [first, second] = [await link(true), await link(true)]
      for (const tokenHash of [byAdmin, first, second])
        expect(await invitations.find(tokenHash, Date.now())).toBeDefined()
      await setBy(first)
      expect((await mail())?.verified).toBe(true)
      for (const tokenHash of [byAdmin, second]) expect(await invitations.find(tokenHash, Date.now())).toBeUndefined()
      await setBy(await link())
      expect(await mail()).toBeUndefined()
      const waiting = { address, linkHash: randomBytes(32), linkExpiresAt: inAnHour(), token: newToken(16) }
      await notifications.set(userId, { mail: waiting })
      expect((await mail())?.verified).toBe(false)
      await accounts.setPassword({ userId, skeleton, hash: 'a third' })
      expect(await mail()).toBeUndefined()
    })
  })
}
