import { expect, it } from 'vitest'
import { ReservedBytes } from '../../src/server/files/limits/reserved-bytes.ts'

/** A disk with room for so many bytes, which is looked at late. */
const reservedOn = (room: number) =>
  new ReservedBytes({
    keptFreeBytes: 1_000,
    async fits(bytes) {
      await Promise.resolve()
      return bytes <= room
    },
  })

it('reserved bytes › of two uploads at the same moment count together, until they have come', async () => {
  const reserved = reservedOn(100)
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  let arrive = (_: number): void => {}
  const first = reserved.hold(60, async (arrived) => {
    arrive = arrived
    await ended
  })
  await expect(reserved.hold(60, async () => 'taken in')).rejects.toMatchObject({
    code: 'unavailable',
    message: 'The disk is nearly full: 1000 bytes of it must stay free. Try again later.',
  })
  expect(await reserved.hold(40, async () => 'taken in')).toBe('taken in')
  arrive(20)
  expect(await reserved.hold(60, async () => 'taken in')).toBe('taken in')
  end()
  await first
  expect(await reserved.hold(100, async () => 'taken in')).toBe('taken in')
})

it('reserved bytes › are given back when an upload fails, and once only', async () => {
  const reserved = reservedOn(100)
  const failing = reserved.hold(100, async (arrived) => {
    arrived(1_000)
    throw new Error('cut')
  })
  await expect(failing).rejects.toThrow('cut')
  expect(await reserved.hold(100, async () => 'taken in')).toBe('taken in')
  await expect(reserved.hold(101, async () => 'taken in')).rejects.toMatchObject({ code: 'unavailable' })
})
