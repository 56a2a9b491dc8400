import { expect, it, vi } from 'vitest'
import { runCommand } from '../../src/server/chat/run-command.ts'
import type { ConnectionLimits } from '../../src/server/rate-limit/limiter.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'

const anna = { id: 1, name: 'Anna', image: 0 }

/** A connection whose commands fail with one error after the other. */
function failing(...errors: Error[]) {
  const sender = { limits: {} as ConnectionLimits, user: anna, putOff: undefined }
  const log = { event: vi.fn() }
  const send = (room: string) =>
    runCommand(
      { log } as never,
      sender,
      () => ({ type: 'chat', room, key: room, data: 'x' }),
      () => {
        throw errors.shift() ?? new Error('It was carried out.')
      },
    )
  return { send, log, errors }
}

it.each([
  ['internal', new Error('The answer to a commit was lost.'), 2_000],
  ['unavailable', new ChatError('unavailable', 'Nothing can be stored.', 5_000), 5_000],
])(
  'what is behind a message that is refused as %s is refused too, in the same room',
  async (code, error, retryAfterMs) => {
    const { send, log, errors } = failing(error, new ChatError('forbidden', 'In another room.'))
    expect(await send('tea')).toMatchObject({ code, room: 'tea' })
    expect(await send('tea')).toMatchObject({ code: 'unavailable', retryAfterMs })
    expect(await send('other')).toMatchObject({ code: 'forbidden' })
    expect(errors).toEqual([])
    expect(log.event).toHaveBeenCalledTimes(code === 'internal' ? 1 : 0)
  },
)

it('what is behind a message that is refused for good is carried out', async () => {
  const { send, errors } = failing(new ChatError('forbidden', 'No.'), new ChatError('not-in-room', 'Its own answer.'))
  expect(await send('tea')).toMatchObject({ code: 'forbidden' })
  expect(await send('tea')).toMatchObject({ code: 'not-in-room' })
  expect(errors).toEqual([])
})
